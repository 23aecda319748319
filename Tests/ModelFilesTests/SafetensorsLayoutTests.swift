import Foundation
import ModelFiles
import Networks
import Tensors
import TestSupport
import Testing

struct SafetensorsLayoutTests {
  private static let stateDict: StateDict = {
    var stateDict = StateDict()
    stateDict["head.bias"] = Tensor(shape: [3], [1, 2, 3])
    stateDict["counter"] = Tensor(
      shape: [], scalarType: .int64,
      storage: ByteStorage(count: 8) { $0.storeBytes(of: -7, as: Int64.self) })
    stateDict["flags \"ä\\\u{1}"] = Tensor(
      shape: [3], scalarType: .bool, storage: ByteStorage(count: 3) { $0[1] = 1 })
    stateDict["backbone.weight"] = Tensor(shape: [4, 16], (0..<64).map(Float.init))
    stateDict["empty"] = Tensor(shape: [0, 2], [])
    return stateDict
  }()

  private func bytes(_ stateDict: StateDict, _ metadata: [String: String] = [:]) -> [UInt8] {
    var bytes: [UInt8] = []
    let layout = SafetensorsLayout(stateDict, metadata: metadata)
    layout.write(stateDict) { bytes += $0 }
    #expect(bytes.count == layout.byteCount)
    return bytes
  }

  private func read(_ bytes: [UInt8]) throws -> SafetensorsFile {
    try Safetensors.read(
      ByteStorage(count: bytes.count) { $0.copyBytes(from: bytes) }, path: "test")
  }

  @Test func `what is written is read back`() throws {
    let metadata = ["format": "pt", "note": "line\nbreak"]
    let file = try read(bytes(Self.stateDict, metadata))
    #expect(file.metadata == metadata)
    #expect(Set(file.stateDict.names) == Set(Self.stateDict.names))
    for (name, tensor) in Self.stateDict.entries {
      #expect(file.stateDict[name]?.digest() == tensor.digest(), "\(name)")
    }
    #expect(file.entries == SafetensorsLayout(Self.stateDict, metadata: metadata).entries)
  }

  @Test func `nothing at all is a valid file`() throws {
    #expect(try read(bytes(StateDict())).stateDict.count == 0)
  }

  @Test func `data start at 64 bytes, long tensors too, and each suits its elements`() {
    let layout = SafetensorsLayout(Self.stateDict, metadata: ["a": "b"])
    #expect(layout.headerBytes.count.isMultiple(of: 64))
    for entry in layout.entries {
      let alignment =
        entry.byteCount.isMultiple(of: 64) ? 64 : entry.scalarType.byteCount
      #expect(entry.byteOffset.isMultiple(of: alignment), "\(entry.name)")
    }
    #expect(layout.entries.first?.name == "backbone.weight")
  }

  @Test(
    .enabled(
      if: Python.has("safetensors.numpy"),
      "set REGISTRY_PYTHON to an interpreter with safetensors and numpy"))
  func `Python's safetensors opens what is written`() throws {
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "ours.safetensors")
      try Data(bytes(Self.stateDict, ["note": "ä"])).write(to: path)
      let program = """
        import sys, safetensors
        with safetensors.safe_open(sys.argv[1], "numpy") as f:
            print(f.metadata())
            for k in sorted(f.keys()):
                t = f.get_tensor(k)
                print(ascii(k), t.dtype, t.shape, t.sum() if t.size else 0)
        """
      #expect(
        Python.run(program, path.path) == """
          {'note': 'ä'}
          'backbone.weight' float32 (4, 16) 2016.0
          'counter' int64 () -7
          'empty' float32 (0, 2) 0
          'flags "\\xe4\\\\\\x01' bool (3,) 1
          'head.bias' float32 (3,) 6.0

          """)
    }
  }
}
