import Foundation
import TestSupport
import Testing

/// A target as the manifest declares it.
private struct Target: Decodable {
  let name: String
  let path: String
  let targetDependencies: [String]?
  let productDependencies: [String]?
  let sources: [String]

  enum CodingKeys: String, CodingKey {
    case name, path, sources
    case targetDependencies = "target_dependencies"
    case productDependencies = "product_dependencies"
  }
}

private struct Manifest: Decodable {
  let targets: [Target]

  /// What `swift package describe` says.
  ///
  /// A scratch folder of its own keeps it clear of the lock
  /// that the running test holds.
  static func described() throws -> Manifest {
    try withTemporaryFolder { folder in
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = [
        "swift", "package", "--package-path", Places.repository.path, "--scratch-path",
        folder.path, "describe", "--type", "json",
      ]
      let pipe = Pipe()
      process.standardOutput = pipe
      process.standardError = FileHandle.nullDevice
      try process.run()
      let output = pipe.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return try JSONDecoder().decode(Manifest.self, from: output)
    }
  }
}

struct ImportTests {
  /// What comes with the toolchain.
  private static let toolchain: Set<String> = [
    "Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Swift", "Synchronization",
    "Testing",
  ]

  @Test func `each file imports only what its target declares`() throws {
    let targets = try Manifest.described().targets
    #expect(targets.count > 8)
    for target in targets {
      let allowed = Self.toolchain.union(target.targetDependencies ?? [])
        .union(target.productDependencies ?? [])
      for source in target.sources where source.hasSuffix(".swift") {
        let file = Places.repository.appending(path: target.path).appending(path: source)
        // Indented lines are the text of string literals: imports stand at the margin.
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        where line.first != " " {
          let words = line.split(separator: " ")
          guard let position = words.firstIndex(of: "import"), position < 2,
            position == 0
              || ["public", "package", "private", "internal", "fileprivate"]
                .contains(words[0])
              || words[0].hasPrefix("@"),
            position + 1 < words.count
          else { continue }
          #expect(
            allowed.contains(String(words[position + 1])),
            "\(target.name)/\(source) has \"\(line)\"")
        }
      }
    }
  }

  @Test func `no module has the name of a type in it`() throws {
    for (file, text) in try sources() {
      let module = file.pathComponents[file.pathComponents.lastIndex(of: "Sources")! + 1]
      for kind in ["struct", "class", "enum", "actor", "protocol"] {
        #expect(!text.contains("\(kind) \(module) "), "\(file.path) declares \(module)")
        #expect(!text.contains("\(kind) \(module):"), "\(file.path) declares \(module)")
      }
    }
  }

  @Test func `files have at most 400 lines and names that say what they hold`() throws {
    // What a generator wrote is as long as it is.
    for (file, text) in try sources() where !file.lastPathComponent.hasSuffix(".pb.swift") {
      #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 401)
      for word in ["Utils", "Utilities", "Common", "Helpers", "Misc"] {
        #expect(!file.lastPathComponent.contains(word), "\(file.path)")
      }
    }
  }

  @Test func `every error code is documented, and every documented code exists`() throws {
    var declared: Set<String> = []
    for (_, text) in try sources() {
      for match in text.matches(of: /static let \w+ = Self\(\s*"([a-z0-9_]+)"/) {
        declared.insert(String(match.output.1))
      }
    }
    let table = try String(
      contentsOf: Places.repository.appending(path: "docs/errors.md"), encoding: .utf8)
    let documented = Set(
      table.matches(of: /\n\| `([a-z0-9_]+)` \|/).map { String($0.output.1) })
    #expect(declared.count > 30)
    #expect(declared.subtracting(documented).sorted() == [])
    #expect(documented.subtracting(declared).sorted() == [])
  }

  private func sources() throws -> [(file: URL, text: String)] {
    let folder = Places.repository.appending(path: "Sources")
    let files = try #require(
      FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
      .map { ($0, try String(contentsOf: $0, encoding: .utf8)) }
  }
}
