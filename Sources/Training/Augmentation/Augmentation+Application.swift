package import Images
package import Tensors

extension Augmentation {
  /// Writes a random view of an image as a network's input, `[3, cropHeight, cropWidth]`.
  ///
  /// The same generator gives the same bits. With ``none`` it is what
  /// ``Image/writePreprocessed(_:into:)`` writes.
  ///
  /// - Parameters:
  ///   - image: the decoded image, with at least ``minimumShortSide(_:)`` pixels on its short side
  ///     where the file has as many.
  ///   - preprocessing: the size of the input and the mean and deviation of its channels.
  ///   - generator: where the random numbers come from.
  ///   - target: room for `preprocessing.elementCount` numbers.
  /// - Precondition: the image has a pixel.
  package func write(
    _ image: Image, preprocessing: Preprocessing, using generator: inout RandomGenerator,
    into target: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(target.count >= preprocessing.elementCount, "room for three planes")
    if isNone {
      image.writePreprocessed(preprocessing, into: target)
      return
    }
    let (width, height) = (preprocessing.cropWidth, preprocessing.cropHeight)
    var view: Image
    if let crop {
      let window = crop.window(
        width: image.width, height: image.height,
        inputAspect: Double(width) / Double(height), using: &generator)
      view = image.resized(
        width: width, height: height, interpolation: preprocessing.interpolation, window: window)
    } else {
      view = image.centreCropped(preprocessing)
    }
    let fill = preprocessing.mean.map { UInt8(min(max(255 * $0, 0), 255).rounded()) }
    if horizontalFlip > 0, generator.happens(horizontalFlip) {
      view = view.upright(orientation: 2)
    }
    if rotation > 0 {
      let degrees = generator.uniform(in: -rotation...rotation)
      view = view.transformed(
        by: .rotation(degrees: degrees, width: width, height: height), fill: fill)
    }
    if let randAugment { view = randAugment.applied(to: view, fill: fill, using: &generator) }
    view = colorJitter.applied(to: view, using: &generator)
    view.writeNormalized(preprocessing, into: target)
    if randomErasing > 0, generator.happens(randomErasing) {
      RandomErasing.apply(
        to: UnsafeMutableBufferPointer(rebasing: target[..<preprocessing.elementCount]),
        height: height, width: width, using: &generator)
    }
  }

  /// How many pixels of an image's short side are worth decoding: as many as in evaluation, divided
  /// by the root of the smallest share that a crop shows, so that such a crop has as many pixels as
  /// the image has in evaluation.
  package func minimumShortSide(_ preprocessing: Preprocessing) -> Int {
    guard let crop else { return preprocessing.shortSide }
    return Int((Double(preprocessing.shortSide) / crop.scale.lowerBound.squareRoot()).rounded(.up))
  }
}
