export default { tabs: { scale: "Scale", settings: "Settings", particles: "Particles", statistics: "Statistics", history: "History" }, label: "About this image", scaleNeedsYou: "Look at the scale" };
