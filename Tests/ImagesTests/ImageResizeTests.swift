import Foundation
import Images
import Tensors
import TestSupport
import Testing

/// What Pillow and torchvision made of two pictures, by `Golden/make-resized.py`.
private struct Golden: Decodable {
  struct Resized: Decodable {
    let source: Int
    let interpolation: Interpolation
    let result: GoldenPicture
  }

  struct Preprocessed: Decodable {
    let source: Int
    let interpolation: Interpolation
    let shortSide: Int
    let cropHeight: Int
    let cropWidth: Int
    let values: [Float]

    var preprocessing: Preprocessing {
      Preprocessing(
        shortSide: shortSide, cropHeight: cropHeight, cropWidth: cropWidth,
        interpolation: interpolation, mean: [0.485, 0.456, 0.406],
        standardDeviation: [0.229, 0.224, 0.225])
    }
  }

  let sources: [GoldenPicture]
  let resized: [Resized]
  let preprocessed: [Preprocessed]

  static func read() throws -> Golden {
    let file = Places.repository.appending(path: "Tests/ImagesTests/Golden/resized.json")
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
  }
}

struct ImageResizeTests {
  private static func preprocessed(_ image: Image, _ preprocessing: Preprocessing) -> [Float] {
    var values = [Float](repeating: .nan, count: preprocessing.elementCount)
    values.withUnsafeMutableBufferPointer { image.writePreprocessed(preprocessing, into: $0) }
    return values
  }

  @Test func `resizing gives Pillow's pixels`() throws {
    let golden = try Golden.read()
    #expect(golden.resized.count == 24)
    for expected in golden.resized {
      let result = expected.result
      let image = golden.sources[expected.source].image.resized(
        width: result.width, height: result.height, interpolation: expected.interpolation)
      let differences = zip(image.pixels, result.image.pixels).map { abs(Int($0) - Int($1)) }
      let name = Comment("\(expected.interpolation) \(result.width) x \(result.height)")
      // A sum that falls on half may round the other way.
      #expect(differences.max()! <= 1, name)
      #expect(Double(differences.reduce(0, +)) <= 0.01 * Double(differences.count), name)
    }
  }

  @Test func `preprocessing gives torchvision's numbers`() throws {
    let golden = try Golden.read()
    #expect(golden.preprocessed.count == 16)
    for expected in golden.preprocessed {
      let values = Self.preprocessed(
        golden.sources[expected.source].image, expected.preprocessing)
      try #require(values.count == expected.values.count)
      let differences = zip(values, expected.values).map { abs($0 - $1) }
      // Sums that fall on half may round the other way, often where the scale is a simple
      // fraction; one level of 255 is 0.0175 here.
      #expect(differences.allSatisfy { $0 < 0.036 })
      #expect(differences.filter { $0 > 1e-4 }.count * 20 <= differences.count)
    }
  }

  @Test func `only the crop is computed, whatever the shape`() throws {
    let preprocessing = Preprocessing(
      shortSide: 256, cropHeight: 224, cropWidth: 224, interpolation: .bicubic,
      mean: [0, 0, 0], standardDeviation: [1, 1, 1])
    for (width, height) in [(1, 20_000), (20_000, 1), (1, 1)] {
      let image = Image(
        width: width, height: height,
        pixels: [UInt8](repeating: 51, count: 3 * width * height))
      let values = Self.preprocessed(image, preprocessing)
      #expect(values.allSatisfy { abs($0 - 0.2) < 1e-6 })
    }
  }

  @Test func `an opaque plain picture stays plain at every size`() {
    for level in [UInt8(0), 1, 127, 254, 255] {
      let image = Image(width: 9, height: 7, pixels: [UInt8](repeating: level, count: 189))
      for side in 1...20 {
        for interpolation in [Interpolation.bilinear, .bicubic] {
          let resized = image.resized(width: side, height: 21 - side, interpolation: interpolation)
          #expect(resized.pixels.allSatisfy { $0 == level })
        }
      }
    }
  }

  @Test func `a picture of the same size is the same`() throws {
    let image = try #require(try Golden.read().sources.first).image
    let same = image.resized(
      width: image.width, height: image.height, interpolation: .bicubic)
    #expect(same == image)
  }
}
