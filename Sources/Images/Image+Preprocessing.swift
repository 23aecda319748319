package import Tensors

extension Image {
  /// Writes the picture as a network's input, `[3, cropHeight, cropWidth]`.
  ///
  /// The short side is resized to `shortSide`, the long side to the whole part of
  /// `shortSide * long / short`, and the centre cropped, as torchvision's `Resize` and `CenterCrop`
  /// do with a picture of Pillow. A crop that is larger than the picture is filled up with black.
  /// Each value is `(value / 255 - mean) / standardDeviation`.
  ///
  /// - Complexity: O(crop + the part of the picture under it). The rest is never resized, and
  ///   beside `target` a few rows are kept, whatever the shape of the picture.
  /// - Precondition: `target` has room for `preprocessing.elementCount` numbers, and the picture
  ///   has a pixel.
  package func writePreprocessed(
    _ preprocessing: Preprocessing, into target: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(target.count >= preprocessing.elementCount, "room for three planes")
    let planeCount = preprocessing.cropHeight * preprocessing.cropWidth
    let crop = CentreCrop(width: width, height: height, preprocessing)
    preprocessing.normalizedLevels.withUnsafeBufferPointer { levels in
      if crop.isPadded(preprocessing) {
        for channel in 0..<3 {
          for index in 0..<planeCount {
            target[channel * planeCount + index] = levels[256 * channel]
          }
        }
      }
      resample(columns: crop.columns, rows: crop.rows) { row, values in
        let start = (row + crop.down.padding) * preprocessing.cropWidth + crop.across.padding
        for column in 0..<crop.across.outputs.count {
          for channel in 0..<3 {
            target[channel * planeCount + start + column] =
              levels[256 * channel + Int(byte(values[3 * column + channel]))]
          }
        }
      }
    }
  }

  /// The resized and cropped picture that ``writePreprocessed(_:into:)`` normalizes,
  /// `cropWidth` x `cropHeight` pixels.
  ///
  /// - Precondition: the picture has a pixel.
  package func centreCropped(_ preprocessing: Preprocessing) -> Image {
    let crop = CentreCrop(width: width, height: height, preprocessing)
    var cropped = [UInt8](repeating: 0, count: preprocessing.elementCount)
    cropped.withUnsafeMutableBufferPointer { target in
      resample(columns: crop.columns, rows: crop.rows) { row, values in
        let start = (row + crop.down.padding) * preprocessing.cropWidth + crop.across.padding
        for index in 0..<3 * crop.across.outputs.count {
          target[3 * start + index] = byte(values[index])
        }
      }
    }
    return Image(
      width: preprocessing.cropWidth, height: preprocessing.cropHeight, pixels: cropped)
  }

  /// Writes the picture as planes `[3, height, width]` of `(value / 255 - mean) /
  /// standardDeviation`, without resizing it.
  ///
  /// - Precondition: `target` has room for three numbers for each pixel.
  package func writeNormalized(
    _ preprocessing: Preprocessing, into target: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(target.count >= pixels.count, "room for three planes")
    let planeCount = width * height
    preprocessing.normalizedLevels.withUnsafeBufferPointer { levels in
      pixels.withUnsafeBufferPointer { source in
        for index in 0..<planeCount {
          for channel in 0..<3 {
            target[channel * planeCount + index] =
              levels[256 * channel + Int(source[3 * index + channel])]
          }
        }
      }
    }
  }
}

extension Preprocessing {
  /// The normalized number of each of the 256 values, for red, then green, then blue.
  fileprivate var normalizedLevels: [Float] {
    precondition(mean.count == 3 && standardDeviation.count == 3, "three channels")
    return (0..<3).flatMap { channel in
      (0..<256).map { (Float($0) / 255 - mean[channel]) / standardDeviation[channel] }
    }
  }
}

/// The resize and centre crop of a picture of some size.
private struct CentreCrop {
  let across: CropAxis
  let down: CropAxis
  let columns: ResampleWeights
  let rows: ResampleWeights

  init(width: Int, height: Int, _ preprocessing: Preprocessing) {
    let shortSide = preprocessing.shortSide
    across = CropAxis(
      length: width <= height ? shortSide : shortSide * width / height,
      crop: preprocessing.cropWidth)
    down = CropAxis(
      length: width <= height ? shortSide * height / width : shortSide,
      crop: preprocessing.cropHeight)
    columns = ResampleWeights(
      inputLength: width, outputLength: across.length, outputs: across.outputs,
      interpolation: preprocessing.interpolation)
    rows = ResampleWeights(
      inputLength: height, outputLength: down.length, outputs: down.outputs,
      interpolation: preprocessing.interpolation)
  }

  /// Whether the crop shows more than the picture.
  func isPadded(_ preprocessing: Preprocessing) -> Bool {
    across.outputs.count < preprocessing.cropWidth || down.outputs.count < preprocessing.cropHeight
  }
}

/// Where a centre crop lies along one axis.
private struct CropAxis {
  /// The length of the axis once it is resized.
  let length: Int
  /// The part of `0..<length` that the crop shows.
  let outputs: Range<Int>
  /// How far into the crop that part begins.
  let padding: Int

  init(length: Int, crop: Int) {
    self.length = length
    if crop > length {
      outputs = 0..<length
      padding = (crop - length) / 2
    } else {
      // Python's `round`: half goes to the even number.
      let start = Int((Double(length - crop) / 2).rounded(.toNearestOrEven))
      outputs = start..<start + crop
      padding = 0
    }
  }
}
