import Diagnostics
import Foundation
import ModelFiles
import TestSupport
import Testing

/// Every hostile file under `fixtures/attacks`, against the code that its README promises.
struct AttackTests {
  struct Attack: Sendable, CustomTestStringConvertible {
    let description: String
    let file: String
    let code: String
    var testDescription: String { "\(file): \(description)" }
  }

  static let folder = Places.fixtures.appending(path: "attacks")

  static let attacks: [Attack] = {
    let table =
      (try? String(contentsOf: folder.appending(path: "README.md"), encoding: .utf8)) ?? ""
    return table.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst().map { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      return Attack(description: cells[0], file: cells[1], code: cells[2])
    }
  }()

  @Test(arguments: attacks)
  func `a hostile file is refused by the rule that it breaks`(attack: Attack) throws {
    let path = Self.folder.appending(path: attack.file).path
    let error = try #require(throws: RegistryError.self) { try ModelFileReader.read(path: path) }
    #expect(error.code.name == attack.code, "\(error)")
    #expect(error.code.category == .badInput)
    #expect(error.place?.file == path)
    #expect(error.remedy != nil)
  }

  @Test func `every file in the folder is in the table`() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    #expect(Set(files).subtracting(["README.md"]) == Set(Self.attacks.map(\.file)))
    #expect(Self.attacks.count > 60)
  }

  @Test func `a refused global is named, with its place in the file`() throws {
    let path = Self.folder.appending(path: "os-system.pickle").path
    let error = try #require(throws: RegistryError.self) { try ModelFileReader.read(path: path) }
    #expect(error.message == "The file asks to run posix.system; refused.")
    #expect(error.place == Place(file: path, byteOffset: 2))
  }

  @Test func `a file longer than the limit is refused`() throws {
    var limits = InputLimits()
    limits.maximumModelBytes = 100
    let path = ModelFileTests.golden.appending(path: "types.safetensors").path
    let error = try #require(throws: RegistryError.self) {
      try ModelFileReader.read(path: path, limits: limits)
    }
    #expect(error.code == .modelTooLarge)
  }
}
