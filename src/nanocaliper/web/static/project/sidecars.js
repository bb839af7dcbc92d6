/** Text files that instruments write beside an image travel with it; whether one is an image's own, the server says. */

const stemOf = (name) => name.slice(0, Math.max(name.lastIndexOf("."), 0)) || name;

/**
 * Put files that belong together into one group: an image and the texts of its folder that begin with its name, such
 * as `a.tif` with `a.txt` or `a-tif.hdr`. A text goes with the longest name that fits, and alone where none does.
 *
 * @param {File[]} files
 * @param {string[]} endings of text files, lower case
 * @param {function(File): string} folderOf
 * @returns {File[][]} the image first
 */
export function groupFiles(files, endings, folderOf = () => "") {
  const isText = (file) => endings.some((ending) => file.name.toLowerCase().endsWith(ending));
  const groups = files.filter((file) => !isText(file)).map((image) => [image]);
  const lonely = [];
  for (const text of files.filter(isText)) {
    const name = text.name.toLowerCase();
    const fitting = groups.filter(([image]) => {
      const stem = stemOf(image.name).toLowerCase();
      return folderOf(image) === folderOf(text) && name.startsWith(stem) && [".", "-"].includes(name[stem.length]);
    });
    const longest = Math.max(...fitting.map(([image]) => stemOf(image.name).length));
    for (const group of fitting) if (stemOf(group[0].name).length === longest) group.push(text);
    if (fitting.length === 0) lonely.push([text]);
  }
  return [...groups, ...lonely];
}
