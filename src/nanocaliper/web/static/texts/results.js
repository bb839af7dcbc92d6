export default {
  report: "Report",
  word: "Word",
  excel: "Excel",
  html: "Web page",
  json: "JSON, for programs",
  outlinesOfProject: "Outlines of all images",
  formats: {
    "imagej-roi": "ImageJ ROIs",
    coco: "COCO",
    labelme: "LabelMe",
    "label-tiff": "Label TIFFs",
    "ome-tiff": "OME-TIFF",
  },
  trainingSet: "Training set",
  archive: "Whole project",
  filesOfImage: ({ name }) => `Files of ${name}`,
  imageFiles: {
    particles_csv: "Particles",
    overlay_png: "Picture with outlines",
    labels_tif: "Labels",
    result_json: "Result",
  },
};
