import Diagnostics
import Foundation
import Glibc
import TestSupport
import Testing

@testable import Catalog

/// Runs a body as a user who owns nothing, if the test runs as root, whom no permission stops.
///
/// The file system's view of this thread alone is changed.
private func withoutPrivileges<Value>(_ body: () throws -> Value) rethrows -> Value {
  typealias SetUser = @convention(c) (UInt32) -> Int32
  guard geteuid() == 0, let symbol = dlsym(nil, "setfsuid") else { return try body() }
  let setUser = unsafeBitCast(symbol, to: SetUser.self)
  _ = setUser(65534)
  defer { _ = setUser(0) }
  return try body()
}

struct ReadOnlyTests {
  private func withReadOnlyFolder(
    filePermissions: Int = 0o444, _ body: (String) throws -> Void
  ) throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "registry.sqlite").path
      do {
        let catalog = try CatalogDatabase.create(at: path)
        _ = try catalog.registerModelVersion(Sample.model("resnet"))
      }
      let files = FileManager.default
      try files.setAttributes([.posixPermissions: filePermissions], ofItemAtPath: path)
      try files.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder.path)
      defer { try? files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path) }
      try withoutPrivileges { try body(path) }
      #expect(try files.contentsOfDirectory(atPath: folder.path) == ["registry.sqlite"])
    }
  }

  @Test(arguments: [0o444, 0o666])
  func `a catalogue in a folder that may not be written can be read`(permissions: Int) throws {
    try withReadOnlyFolder(filePermissions: permissions) { path in
      let catalog = try CatalogDatabase(opening: path)
      #expect(try catalog.modelVersions().map(\.model) == ["resnet"])
      #expect(try catalog.contradictions() == [])
      let error = #expect(throws: RegistryError.self) {
        _ = try catalog.registerModelVersion(Sample.model("wolfdog"))
      }
      #expect(error?.code == .notWritable)
      #expect(error?.code.category.exitCode == 73)
    }
  }

  @Test func `a file that may not be read is said to be so`() throws {
    try withReadOnlyFolder(filePermissions: 0) { path in
      let error = #expect(throws: RegistryError.self) { try CatalogDatabase(opening: path) }
      #expect(error?.code == .notReadable)
    }
  }

  @Test func `a catalogue is not made in a folder that may not be written`() throws {
    try withReadOnlyFolder { path in
      let error = #expect(throws: RegistryError.self) {
        try CatalogDatabase.create(at: path + ".other")
      }
      #expect(error?.code == .notWritable)
    }
  }

  @Test func `a reader without rights reads what another process is writing`() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "registry.sqlite").path
      let writer = try CatalogDatabase.create(at: path)
      _ = try writer.registerModelVersion(Sample.model("resnet"))
      let files = FileManager.default
      for name in try files.contentsOfDirectory(atPath: folder.path) {
        try files.setAttributes(
          [.posixPermissions: 0o644], ofItemAtPath: folder.appending(path: name).path)
      }
      try withoutPrivileges {
        let reader = try CatalogDatabase(opening: path)
        #expect(try reader.modelExists("resnet"))
        let error = #expect(throws: RegistryError.self) {
          _ = try reader.registerModelVersion(Sample.model("wolfdog"))
        }
        if geteuid() == 0 { #expect(error?.code == .notWritable) }
      }
    }
  }
}
