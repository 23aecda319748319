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
    precondition(preprocessing.mean.count == 3 && preprocessing.standardDeviation.count == 3)
    let shortSide = preprocessing.shortSide
    let across = CropAxis(
      length: width <= height ? shortSide : shortSide * width / height,
      crop: preprocessing.cropWidth)
    let down = CropAxis(
      length: width <= height ? shortSide * height / width : shortSide,
      crop: preprocessing.cropHeight)
    let columns = ResampleWeights(
      inputLength: width, outputLength: across.length, outputs: across.outputs,
      interpolation: preprocessing.interpolation)
    let rows = ResampleWeights(
      inputLength: height, outputLength: down.length, outputs: down.outputs,
      interpolation: preprocessing.interpolation)

    let planeCount = preprocessing.cropHeight * preprocessing.cropWidth
    let levels = (0..<3).flatMap { channel in
      (0..<256).map {
        (Float($0) / 255 - preprocessing.mean[channel]) / preprocessing.standardDeviation[channel]
      }
    }
    if across.outputs.count < preprocessing.cropWidth
      || down.outputs.count < preprocessing.cropHeight
    {
      for channel in 0..<3 {
        for index in 0..<planeCount { target[channel * planeCount + index] = levels[256 * channel] }
      }
    }
    levels.withUnsafeBufferPointer { levels in
      resample(columns: columns, rows: rows) { row, values in
        let start = (row + down.padding) * preprocessing.cropWidth + across.padding
        for column in 0..<across.outputs.count {
          for channel in 0..<3 {
            target[channel * planeCount + start + column] =
              levels[256 * channel + Int(byte(values[3 * column + channel]))]
          }
        }
      }
    }
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
