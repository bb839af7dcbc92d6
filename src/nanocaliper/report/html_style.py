"""How the HTML report looks, on the screen and on paper."""

from typing import Final

__all__ = ["STYLE"]

STYLE: Final = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { font: 10pt/1.45 Arial, "Liberation Sans", Helvetica, sans-serif; color: #1a1f26; background: #fff;
  max-width: 182mm; margin: 0 auto; padding: 8mm 4mm 16mm; overflow-wrap: anywhere; }
.skip { position: absolute; left: -999em; } .skip:focus { left: 1em; top: 1em; }
a { color: #0b57a4; }
h1 { font-size: 20pt; line-height: 1.2; margin: 0 0 6mm; }
h2 { font-size: 14pt; margin: 10mm 0 3mm; padding-bottom: 1mm; border-bottom: .4mm solid #1f4e79; color:
  #1f4e79; }
h2.plain { border: 0; margin-top: 6mm; }
h3 { font-size: 11.5pt; margin: 7mm 0 2mm; color: #1f4e79; }
h2, h3 { break-after: avoid; }
.kind { text-transform: uppercase; letter-spacing: .1em; color: #56606c; margin: 0 0 1mm; }
.number { font-variant-numeric: tabular-nums; margin-right: .4em; }
p { margin: 0 0 2.5mm; }
p.result { font-size: 11.5pt; font-weight: bold; border-left: 1.2mm solid #1f4e79; padding: 1mm 0 1mm 3mm;
  break-inside: avoid; }
p.warning { background: #fff4e0; border-left: 1.2mm solid #b45f06; padding: 1.5mm 3mm; break-inside: avoid; }
p.note { font-size: 8.5pt; color: #4a535e; }
ul, ol { margin: 0 0 3mm; padding-left: 6mm; } li { margin-bottom: 1mm; }
nav ul { list-style: none; padding: 0; columns: 2; } nav .level2 { padding-left: 5mm; }
nav li { break-inside: avoid; margin-bottom: .6mm; }
.scroll { overflow-x: auto; margin: 3mm 0 4mm; }
table { border-collapse: collapse; width: 100%; font-size: 8.5pt; line-height: 1.3; font-variant-numeric:
  tabular-nums; }
caption { text-align: left; font-size: 9pt; padding-bottom: 1.2mm; break-after: avoid; }
th, td { text-align: left; vertical-align: top; padding: .9mm 1.6mm; border-bottom: .2mm solid #c9d0d8;
  font-weight: normal; }
thead th { font-weight: bold; background: #e8ecf1; border-bottom: .4mm solid #1f4e79; vertical-align: bottom;
  overflow-wrap: break-word; }
.n { text-align: right; } tr.strong > * { font-weight: bold; }
.facts th { font-weight: bold; }
tr { break-inside: avoid; } thead { display: table-header-group; }
figure { margin: 4mm 0; break-inside: avoid; } figure img { max-width: 100%; height: auto; display: block; }
figcaption { font-size: 9pt; margin-top: 1.5mm; }
.blank { background: #fdf3bf; border-bottom: .3mm dashed #8a6d00; padding: 0 1mm; color: #5c4900; }
footer { margin-top: 10mm; font-size: 8.5pt; color: #4a535e; }
@page { size: A4; margin: 18mm 16mm 18mm; @bottom-right { content: "Page " counter(page) " of " counter(pages);
  font: 8pt Arial, "Liberation Sans", sans-serif; color: #4a535e; } }
@media print { body { max-width: none; margin: 0; padding: 0; } .scroll { overflow: visible; } .skip {
  display: none; }
  nav { break-after: page; } a { color: inherit; text-decoration: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""
