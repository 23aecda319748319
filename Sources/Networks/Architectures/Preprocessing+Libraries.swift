import Tensors

extension Preprocessing {
  /// What torchvision's ImageNet classifiers are trained with.
  static func torchvision(
    shortSide: Int = 256, size: Int = 224, interpolation: Interpolation = .bilinear
  ) -> Preprocessing {
    Preprocessing(
      shortSide: shortSide, cropHeight: size, cropWidth: size, interpolation: interpolation,
      mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225])
  }

  /// What timm states for weights that TensorFlow trained: numbers from -1 to 1.
  static func tensorFlowInTimm(
    shortSide: Int, size: Int, interpolation: Interpolation
  ) -> Preprocessing {
    Preprocessing(
      shortSide: shortSide, cropHeight: size, cropWidth: size, interpolation: interpolation,
      mean: [0.5, 0.5, 0.5], standardDeviation: [0.5, 0.5, 0.5])
  }

  /// What TensorFlow's EfficientNet-Lite was trained with: `(pixel - 127) / 128`, and 32 pixels
  /// more than are shown.
  static func efficientNetPort(size: Int) -> Preprocessing {
    Preprocessing(
      shortSide: size + 32, cropHeight: size, cropWidth: size, interpolation: .bicubic,
      mean: [127.0 / 255, 127.0 / 255, 127.0 / 255],
      standardDeviation: [128.0 / 255, 128.0 / 255, 128.0 / 255])
  }
}
