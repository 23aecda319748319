import Foundation
import Images
import Tensors
import TestSupport
import Testing

@testable import Training

struct AugmentationTests {
  private let preprocessing = Preprocessing(
    shortSide: 40, cropHeight: 32, cropWidth: 36, interpolation: .bicubic,
    mean: [0.4, 0.5, 0.6], standardDeviation: [0.2, 0.25, 0.3])

  private func photo() throws -> Image {
    let file = Places.fixtures.appending(path: "photos/wolfdog/wolf/wolf-001.png")
    return try Data(contentsOf: file).withUnsafeBytes { try ImageDecoder.decode($0).image }
  }

  private func view(
    _ image: Image, _ augmentation: Augmentation, seed: UInt64 = 1, stream: UInt64
  ) -> [Float] {
    var values = [Float](repeating: .nan, count: preprocessing.elementCount)
    var generator = RandomGenerator(seed: seed, stream: stream)
    values.withUnsafeMutableBufferPointer {
      augmentation.write(image, preprocessing: preprocessing, using: &generator, into: $0)
    }
    return values
  }

  @Test func `without augmentation a view is what evaluation sees`() throws {
    let image = try photo()
    var expected = [Float](repeating: .nan, count: preprocessing.elementCount)
    expected.withUnsafeMutableBufferPointer { image.writePreprocessed(preprocessing, into: $0) }
    #expect(view(image, .none, stream: 3) == expected)
    // Something that never happens takes the other path to the same numbers.
    let unlikely = try Augmentation(parsing: "flip=1e-300")
    #expect(view(image, unlikely, stream: 3) == expected)
  }

  @Test func `the same seed and stream give the same bits, others do not`() throws {
    let image = try photo()
    let everything = try Augmentation(
      parsing: "crop=0.08-1,flip=0.5,rotate=20,brightness=0.3,contrast=0.3,saturation=0.3,"
        + "hue=0.1,randaugment=3x15,erase=0.5")
    for augmentation in [Augmentation.light, .standard, .strong, everything] {
      let first = (0..<20).map { view(image, augmentation, stream: $0) }
      let second = (0..<20).reversed().map { view(image, augmentation, stream: $0) }.reversed()
      #expect(first == Array(second))
      #expect(Set(first).count == 20)
      #expect(view(image, augmentation, seed: 2, stream: 0) != first[0])
      #expect(first.allSatisfy { $0.allSatisfy { $0.isFinite } })
    }
  }

  @Test func `a sure flip mirrors what evaluation sees`() throws {
    let image = try photo()
    let plain = view(image, .none, stream: 0)
    let flipped = view(image, try Augmentation(parsing: "flip=1"), stream: 0)
    for row in 0..<3 * 32 {
      #expect(
        Array(flipped[row * 36..<row * 36 + 36].reversed())
          == Array(plain[row * 36..<row * 36 + 36]))
    }
  }

  @Test func `crops have areas and ratios of their ranges, and reach everywhere`() {
    let crop = RandomResizedCrop(scale: 0.2...0.6, ratio: 0.5...2)
    var generator = RandomGenerator(seed: 5)
    let (width, height, aspect) = (400, 300, 36.0 / 32)
    var shares: [Double] = []
    var logarithms: [Double] = []
    var corners = (left: width, top: height, right: 0, bottom: 0)
    for _ in 0..<4000 {
      let window = crop.window(
        width: width, height: height, inputAspect: aspect, using: &generator)
      #expect(window.fits(width: width, height: height))
      shares.append(Double(window.width * window.height) / Double(width * height))
      logarithms.append(log(Double(window.width) / Double(window.height) / aspect))
      corners = (
        min(corners.left, window.left), min(corners.top, window.top),
        max(corners.right, window.left + window.width),
        max(corners.bottom, window.top + window.height)
      )
    }
    // Sides are rounded to pixels.
    #expect(shares.allSatisfy { (0.195...0.605).contains($0) })
    #expect(logarithms.allSatisfy { (log(0.49)...log(2.04)).contains($0) })
    #expect(shares.min()! < 0.21 && shares.max()! > 0.57)
    #expect(logarithms.min()! < log(0.53) && logarithms.max()! > log(1.8))
    #expect(corners == (0, 0, width, height))
  }

  @Test func `areas and logarithms of ratios are uniformly distributed where every crop fits`() {
    let crop = RandomResizedCrop(scale: 0.1...0.3)
    var generator = RandomGenerator(seed: 6)
    var (shares, logarithms) = (0.0, 0.0)
    for _ in 0..<4000 {
      let window = crop.window(width: 1000, height: 1000, using: &generator)
      shares += Double(window.width * window.height) / 1e6
      logarithms += log(Double(window.width) / Double(window.height))
    }
    // Five standard deviations of the means: 0.0577 and 0.166 over the root of 4000.
    #expect(abs(shares / 4000 - 0.2) < 0.005)
    #expect(abs(logarithms / 4000) < 0.014)
  }

  @Test func `an image that no crop fits is shown as far as the ratio allows`() {
    var generator = RandomGenerator(seed: 7)
    let crop = RandomResizedCrop(scale: 1...1)
    let wide = crop.window(width: 1000, height: 30, using: &generator)
    #expect(wide == PixelWindow(left: 480, top: 0, width: 40, height: 30))
    let tall = crop.window(width: 30, height: 1000, using: &generator)
    #expect(tall == PixelWindow(left: 0, top: 480, width: 30, height: 40))
    let pixel = crop.window(width: 1, height: 1, using: &generator)
    #expect(pixel == PixelWindow(left: 0, top: 0, width: 1, height: 1))
    let line = crop.window(width: 1, height: 500, using: &generator)
    #expect(line == PixelWindow(left: 0, top: 249, width: 1, height: 1))
  }

  @Test func `erasing sets one rectangle of all channels to the mean`() {
    let (height, width) = (40, 50)
    var generator = RandomGenerator(seed: 8)
    for _ in 0..<500 {
      var values = [Float](repeating: 1, count: 3 * height * width)
      values.withUnsafeMutableBufferPointer {
        RandomErasing.apply(to: $0, height: height, width: width, using: &generator)
      }
      let erased = (0..<height * width).filter { values[$0] == 0 }
      guard let first = erased.first, let last = erased.last else { continue }
      let across = last % width - first % width + 1
      let down = last / width - first / width + 1
      #expect(erased.count == across * down)
      #expect(values.filter { $0 == 0 }.count == 3 * erased.count)
      // Sides are rounded to pixels.
      #expect((0.017...0.345).contains(Double(erased.count) / Double(height * width)))
      #expect((0.27...3.7).contains(Double(down) / Double(across)))
    }
  }

  @Test func `operations without strength leave an image as it is, but for its histogram`() throws {
    let image = try photo()
    let weak = RandAugment(operations: 1, magnitude: 0)
    let strong = RandAugment(operations: 1, magnitude: 30)
    for operation in RandAugment.Operation.allCases {
      for isNegative in [false, true] {
        let result = weak.apply(operation, isNegative: isNegative, to: image, fill: [1, 2, 3])
        if operation == .solarize {
          #expect(result == image.solarized(threshold: 255))
        } else if operation != .autocontrast, operation != .equalize {
          #expect(result == image)
        }
        let changed = strong.apply(operation, isNegative: isNegative, to: image, fill: [1, 2, 3])
        #expect((changed.width, changed.height) == (image.width, image.height))
        if operation != .identity, operation != .autocontrast { #expect(changed != image) }
      }
    }
  }

  @Test func `enough pixels are decoded for the smallest crop`() {
    #expect(Augmentation.none.minimumShortSide(preprocessing) == 40)
    #expect(Augmentation.strong.minimumShortSide(preprocessing) == 142)
  }

  @Test func `images of a few pixels have views`() {
    for (width, height) in [(1, 1), (1, 300), (300, 1), (2, 3)] {
      let image = Image(
        width: width, height: height, pixels: [UInt8](repeating: 77, count: 3 * width * height))
      for stream in 0..<20 {
        #expect(view(image, .strong, stream: UInt64(stream)).allSatisfy { $0.isFinite })
      }
    }
  }
}
