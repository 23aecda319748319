import Foundation
import Images
import TestSupport
import Testing

@testable import FixtureDrawing

/// The pictures in `fixtures/photos`, which `FixtureDrawing` draws.
struct FixturePhotosTests {
  private static func file(_ animal: Animal, _ number: Int) -> URL {
    Places.fixtures.appending(
      path:
        "photos/\(animal.dataset)/\(animal.rawValue)/\(Scene.fileName(animal, number: number))")
  }

  private static func decode(_ file: URL) throws -> DecodedImage {
    try Array(Data(contentsOf: file)).withUnsafeBytes { try ImageDecoder.decode($0) }
  }

  @Test(arguments: Animal.allCases)
  func `each kind has forty pictures, half PNG and half JPEG`(animal: Animal) throws {
    let folder = Self.file(animal, 1).deletingLastPathComponent()
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.count == 40)
    #expect(names.filter { $0.hasSuffix(".png") }.count == 20)
    #expect(names.filter { $0.hasSuffix(".jpg") }.count == 20)
    for number in 1...Scene.countOfEach {
      let decoded = try Self.decode(Self.file(animal, number))
      #expect((160...256).contains(decoded.image.width))
      #expect((160...256).contains(decoded.image.height))
      #expect(decoded.information.format == (Scene.isPNG(number) ? .png : .jpeg))
      #expect(decoded.warnings.isEmpty)
    }
  }

  @Test func `all pictures together take less than four megabytes`() throws {
    var total = 0
    for animal in Animal.allCases {
      for number in 1...Scene.countOfEach {
        total += try Data(contentsOf: Self.file(animal, number)).count
      }
    }
    #expect(total < 4_000_000)
  }

  @Test(arguments: Animal.allCases)
  func `the program draws the pictures that are stored`(animal: Animal) throws {
    let drawn = Scene.draw(animal, number: 3)
    #expect(try Self.decode(Self.file(animal, 3)).image == drawn)
  }
}
