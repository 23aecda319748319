import Foundation
import Images
import Tensors
import TestSupport
import Testing

/// What Pillow and torchvision made of a picture, by `Golden/make-adjusted.py`.
private struct Adjusted: Decodable {
  struct Result: Decodable {
    let operation: String
    let arguments: [Double]
    let result: GoldenPicture
  }

  let source: GoldenPicture
  let large: GoldenPicture
  let results: [Result]

  static func read() throws -> Adjusted {
    let file = Places.repository.appending(path: "Tests/ImagesTests/Golden/adjusted.json")
    return try JSONDecoder().decode(Adjusted.self, from: Data(contentsOf: file))
  }

  func image(of result: Result) -> Image? {
    let image = source.image
    let fill: [UInt8] = [90, 120, 60]
    let arguments = result.arguments
    let factor = Float(arguments.first ?? 0)
    switch result.operation {
    case "brightness": return image.withBrightness(factor)
    case "contrast": return image.withContrast(factor)
    case "saturation": return image.withSaturation(factor)
    case "sharpness": return image.withSharpness(factor)
    case "hue": return image.withHue(turnedBy: factor)
    case "posterize": return image.posterized(bits: Int(factor))
    case "solarize": return image.solarized(threshold: Int(factor))
    case "autocontrast": return image.autocontrasted()
    case "equalize":
      return large.image.equalized().resized(
        width: 16, height: 12, interpolation: .bilinear,
        window: PixelWindow(left: 0, top: 0, width: 16, height: 12))
    case "equalizeSmall": return image.equalized()
    case "rotate":
      return image.transformed(
        by: .rotation(degrees: arguments[0], width: image.width, height: image.height), fill: fill)
    case "shear":
      return image.transformed(by: .shear(x: arguments[0], y: arguments[1]), fill: fill)
    case "translate":
      return image.transformed(by: .translation(x: arguments[0], y: arguments[1]), fill: fill)
    case "window":
      return image.resized(
        width: result.result.width, height: result.result.height, interpolation: .bilinear,
        window: PixelWindow(
          left: Int(arguments[0]), top: Int(arguments[1]), width: Int(arguments[2]),
          height: Int(arguments[3])))
    default: return nil
    }
  }
}

struct ImageAdjustmentTests {
  @Test func `adjustments give Pillow's pixels`() throws {
    let golden = try Adjusted.read()
    #expect(golden.results.count == 32)
    for expected in golden.results {
      let image = try #require(golden.image(of: expected))
      let name = Comment("\(expected.operation) \(expected.arguments)")
      try #require(image.pixels.count == expected.result.image.pixels.count, name)
      let differences = zip(image.pixels, expected.result.image.pixels).map {
        abs(Int($0) - Int($1))
      }
      // Products and sums that fall on a whole number may be cut off one lower.
      #expect(differences.max()! <= 1, name)
      #expect(differences.reduce(0, +) <= max(differences.count / 50, 3), name)
    }
  }

  @Test func `what changes nothing gives the same picture`() throws {
    let image = try Adjusted.read().source.image
    #expect(image.withBrightness(1) == image)
    #expect(image.withContrast(1) == image)
    #expect(image.withSaturation(1) == image)
    #expect(image.withSharpness(1) == image)
    #expect(image.posterized(bits: 8) == image)
    #expect(image.solarized(threshold: 256) == image)
    #expect(image.transformed(by: .translation(x: 0, y: 0), fill: [1, 2, 3]) == image)
  }

  @Test func `adjustments take pictures of one colour and of one pixel`() {
    for (width, height) in [(1, 1), (2, 1), (3, 3), (1, 5)] {
      for level in [UInt8(0), 128, 255] {
        let pixels = [UInt8](repeating: level, count: 3 * width * height)
        let image = Image(width: width, height: height, pixels: pixels)
        #expect(image.equalized() == image)
        #expect(image.autocontrasted() == image)
        #expect(image.withSaturation(2.5) == image)
        #expect(image.withContrast(0.1) == image)
        #expect(image.withSharpness(1.9) == image)
        #expect(image.withHue(turnedBy: 0.3) == image)
        let turned = image.transformed(
          by: .rotation(degrees: 33, width: width, height: height),
          fill: [level, level, level])
        #expect(turned == image)
      }
    }
  }

  @Test func `a centre crop that is normalized is what preprocessing writes`() throws {
    let image = try Adjusted.read().large.image
    for (side, height, width) in [(30, 24, 20), (20, 20, 31), (16, 40, 30)] {
      let preprocessing = Preprocessing(
        shortSide: side, cropHeight: height, cropWidth: width, interpolation: .bicubic,
        mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225])
      var direct = [Float](repeating: .nan, count: preprocessing.elementCount)
      var stepwise = direct
      direct.withUnsafeMutableBufferPointer { image.writePreprocessed(preprocessing, into: $0) }
      stepwise.withUnsafeMutableBufferPointer {
        image.centreCropped(preprocessing).writeNormalized(preprocessing, into: $0)
      }
      #expect(direct == stepwise)
    }
  }
}
