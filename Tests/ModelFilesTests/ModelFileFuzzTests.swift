import Diagnostics
import Foundation
import ModelFiles
import Networks
import Tensors
import TestSupport
import Testing

/// Good files with a few bytes changed, cut or repeated: each is read or refused, and never more.
struct ModelFileFuzzTests {
  @Test(arguments: [
    "types.safetensors", "types.zip.pt", "types.legacy.pt", "views.zip.pt", "views.legacy.pt",
    "checkpoint.zip.pt", "checkpoint.legacy.pt",
  ])
  func `a damaged file is read or refused`(name: String) throws {
    let original = [UInt8](
      try Data(contentsOf: ModelFileTests.golden.appending(path: name)))
    var generator = SeededGenerator(seed: 20)
    var refused = 0
    let rounds = 400
    try withTemporaryFolder { folder in
      for round in 0..<rounds {
        var bytes = original
        generator.damage(&bytes)
        // A name of its own, since the file before may still be mapped.
        let path = folder.appending(path: "\(round)").path
        try Data(bytes).write(to: URL(filePath: path))
        do {
          let file = try ModelFileReader.read(path: path)
          for (_, tensor) in file.stateDict.entries { _ = tensor.floats() }
        } catch {
          let error = try #require(error as? RegistryError)
          #expect(error.code.category == .badInput, "\(error)")
          refused += 1
        }
      }
    }
    #expect(refused > rounds / 4)
  }
}
