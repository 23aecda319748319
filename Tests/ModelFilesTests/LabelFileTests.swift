import Diagnostics
import Foundation
import ModelFiles
import TestSupport
import Testing

struct LabelFileTests {
  private func labels(_ bytes: [UInt8]) throws -> [String] {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "labels.txt")
      try Data(bytes).write(to: path)
      return try LabelFile.read(path: path.path)
    }
  }

  private func labels(_ text: String) throws -> [String] { try labels(Array(text.utf8)) }

  @Test func `one label a line, and labels need not differ`() throws {
    #expect(try labels("crane\nwolf\ncrane\n") == ["crane", "wolf", "crane"])
    #expect(try labels("timber wolf") == ["timber wolf"])
  }

  @Test func `of two columns the second is the label`() throws {
    #expect(try labels("n01440764\ttench\nn01443537\tgoldfish\n") == ["tench", "goldfish"])
  }

  @Test func `byte order mark, carriage returns and blank lines at the end are passed over`() throws
  {
    #expect(try labels("\u{feff}dog\r\n wolf \r\n\r\n  \n") == ["dog", "wolf"])
  }

  @Test(arguments: [
    ("dog\n\nwolf\n", 2), ("dog\nwolf\tx\n", 2), ("a\tdog\nwolf\n", 2), ("a\tb\tc\n", 1),
    ("a\t\nb\twolf\n", 1), ("dog\nwo\u{1b}[2Jlf\n", 2),
  ])
  func `a bad line is named`(text: String, line: Int) throws {
    let error = try #require(throws: RegistryError.self) { try labels(text) }
    #expect(error.code == .malformedLabels)
    #expect(error.place?.line == line)
  }

  @Test func `no labels and other encodings are refused`() throws {
    #expect(throws: RegistryError.self) { try labels("") }
    #expect(throws: RegistryError.self) { try labels("\n\n") }
    let error = try #require(throws: RegistryError.self) {
      try labels([UInt8](Array("dog\n".utf8)) + [0xff, 0xfe, 0x0a])
    }
    #expect(error.place?.line == 2)
  }

  @Test func `a file beyond the limit is refused`() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "labels.txt")
      try Data("dog\nwolf\n".utf8).write(to: path)
      var limits = InputLimits()
      limits.maximumTextBytes = 4
      #expect(throws: RegistryError.self) {
        try LabelFile.read(path: path.path, limits: limits)
      }
    }
  }

  @Test(.enabled(if: Places.hasPhotographs, "the photographs' folder has the labels of ImageNet"))
  func `the labels of ImageNet are a thousand`() throws {
    let path = Places.photographs.appending(path: "imagenet-labels.tsv").path
    let labels = try LabelFile.read(path: path)
    #expect(labels.count == 1000)
    #expect(labels[0] == "tench")
    #expect(labels.count(where: { $0 == "crane" }) == 2)
  }
}
