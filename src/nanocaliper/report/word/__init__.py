"""The report as a Word document; all that needs python-docx and python-pptx."""
