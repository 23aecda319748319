import Diagnostics
import Networks
import Tensors
import Testing

struct LoadReportTests {
  let network = Architecture.resNet18.network(labels: 1000)

  @Test func `a matching file is applied in the network's order`() throws {
    var stateDict = StateDict()
    for entry in try zeros("resnet18").entries.reversed() { stateDict[entry.name] = entry.tensor }
    #expect(LoadReport(of: stateDict, in: network).isComplete)
    #expect(try network.load(stateDict).names == network.tensors.map(\.name))
  }

  @Test func `counters of batches may be absent`() throws {
    var stateDict = try zeros("resnet18")
    for name in stateDict.names where name.hasSuffix("num_batches_tracked") {
      stateDict[name] = nil
    }
    #expect(try network.load(stateDict).count == 102)
  }

  @Test func `a wrong architecture names three tensors with both shapes and counts the rest`()
    throws
  {
    var stateDict = try zeros("resnet18")
    stateDict["fc.weight"] = Tensor(shape: [10, 512]) { _ in }
    stateDict["fc.bias"] = Tensor(shape: [10]) { _ in }
    stateDict["conv1.weight"] = nil
    stateDict["extra.weight"] = Tensor(shape: [1]) { _ in }
    let error = try #require(throws: RegistryError.self) { try network.load(stateDict) }
    #expect(error.code == .wrongArchitecture)
    #expect(
      error.message == """
        The tensors are not those of resnet18: fc.weight has shape [10, 512] instead of \
        [1000, 512]; fc.bias has shape [10] instead of [1000]; conv1.weight [64, 3, 7, 7] is \
        missing. In all, 2 differ in shape, 1 are missing and 1 are left over.
        """)
  }

  @Test func `another library's file is refused by the wrong plan`() throws {
    let stateDict = try zeros("tf_efficientnet_lite0")
    let error = try #require(throws: RegistryError.self) {
      try Architecture.efficientNetLite0.network(labels: 1000).load(stateDict)
    }
    #expect(error.code == .wrongArchitecture)
  }

  @Test func `half precision becomes single, exactly`() throws {
    var stateDict = try zeros("resnet18")
    let storage = ByteStorage(count: 128) { bytes in
      for index in 0..<64 {
        bytes.storeBytes(of: 0x3c00, toByteOffset: 2 * index, as: UInt16.self)
      }
    }
    stateDict["bn1.weight"] = Tensor(shape: [64], scalarType: .float16, storage: storage)
    let loaded = try network.load(stateDict)
    #expect(loaded["bn1.weight"]?.scalarType == .float32)
    #expect(loaded["bn1.weight"]?.floats() == [Float](repeating: 1, count: 64))
  }

  @Test func `quantized weights are refused`() throws {
    var stateDict = try zeros("resnet18")
    stateDict["bn1.weight"] = Tensor(
      shape: [64], scalarType: .int8, storage: ByteStorage(count: 64) { _ in })
    let error = try #require(throws: RegistryError.self) { try network.load(stateDict) }
    #expect(error.code == .wrongScalarType)
    #expect(error.place?.tensor == "bn1.weight")
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity, -.nan])
  func `a weight that is not finite is refused by its tensor's name`(value: Float) throws {
    var stateDict = try zeros("resnet18")
    stateDict["bn1.bias"] = Tensor(shape: [64]) { $0[63] = value }
    let error = try #require(throws: RegistryError.self) { try network.load(stateDict) }
    #expect(error.code == .nonFiniteWeight)
    #expect(error.place?.tensor == "bn1.bias")
  }
}
