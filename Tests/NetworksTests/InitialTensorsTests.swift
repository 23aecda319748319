import Networks
import Tensors
import Testing

struct InitialTensorsTests {
  let network = Architecture.convNet.network(labels: 5)

  @Test func `every tensor gets a value of its shape and type, and the network loads them`() throws
  {
    let first = network.initialTensors(seed: 1)
    #expect(first.names == network.tensors.map(\.name))
    #expect(first["stages.0.0.bn.num_batches_tracked"]?.scalarType == .int64)
    #expect(try network.load(first).names == first.names)
  }

  @Test func `the same seed gives the same bits, another others, and each layer its own`() {
    let first = network.initialTensors(seed: 1)
    let again = network.initialTensors(seed: 1)
    let other = network.initialTensors(seed: 2)
    for name in first.names { #expect(first[name]?.digest() == again[name]?.digest()) }
    #expect(first["fc.weight"]?.digest() != other["fc.weight"]?.digest())
    // Two layers of one shape.
    let twins = Architecture.resNet18.network(labels: 2).initialTensors(seed: 1)
    #expect(
      twins["layer1.0.conv1.weight"]?.digest() != twins["layer1.0.conv2.weight"]?.digest())
  }

  @Test func `convolutions are normal with the deviation that keeps the size of gradients`() throws
  {
    let weights = try #require(network.initialTensors(seed: 3)["stages.3.1.conv.weight"]).floats()
    // sqrt(2 / (256 * 3 * 3))
    let (mean, deviation) = moments(weights)
    #expect(abs(mean) < 0.0002)
    #expect(abs(deviation - 0.029463) < 0.0001)
    // Of a normal distribution 68.27 % are within one deviation.
    let share = Double(weights.count { abs($0) < 0.029463 }) / Double(weights.count)
    #expect(abs(share - 0.6827) < 0.002)
  }

  @Test func `norms begin with the identity, and the head as any new head`() throws {
    let first = network.initialTensors(seed: 1)
    let ones = [Float](repeating: 1, count: 32)
    let zeros = [Float](repeating: 0, count: 32)
    #expect(first["stages.0.0.bn.weight"]?.floats() == ones)
    #expect(first["stages.0.0.bn.bias"]?.floats() == zeros)
    #expect(first["stages.0.0.bn.running_mean"]?.floats() == zeros)
    #expect(first["stages.0.0.bn.running_var"]?.floats() == ones)
    let weights = try #require(first["fc.weight"]).floats()
    #expect(weights.allSatisfy { abs($0) <= 1 / 16 })
    #expect(weights.contains { abs($0) > 1 / 17 })
    #expect(first["fc.bias"]?.floats() == [0, 0, 0, 0, 0])
  }

  @Test func `linear layers beside layer norms, tokens and embeddings are normal, scales small`()
    throws
  {
    let network = Network(
      architecture: "test",
      backbone: [
        Layer("reshape", .reshape([48, 4]), inputs: ["input"]),
        Layer("token", .transpose([1, 0]), inputs: ["reshape"]),
        Layer(
          "cls_token", .classToken(LearnedTensor(name: "", shape: [1, 1, 48])), inputs: ["token"]),
        Layer(
          "encoder", .positionEmbedding(LearnedTensor(name: "pos_embed", shape: [1, 5, 48])),
          inputs: ["cls_token"]),
        Layer("norm", .layerNorm(LayerNorm(features: 48)), inputs: ["encoder"]),
        Layer("qkv", .linear(Linear(inFeatures: 48, outFeatures: 480)), inputs: ["norm"]),
        Layer(
          "scale", .layerScale(LearnedTensor(name: "gamma", shape: [480])), inputs: ["qkv"]),
        Layer("flatten", .flatten, inputs: ["scale"]),
      ], head: [Layer("fc", .linear(Linear(inFeatures: 2400, outFeatures: 2)), inputs: ["flatten"])]
    )
    _ = try network.outputShapes(input: [3, 8, 8])
    let first = network.initialTensors(seed: 1)
    for name in ["cls_token", "encoder.pos_embed", "qkv.weight", "fc.weight"] {
      let (mean, deviation) = moments(try #require(first[name]).floats())
      #expect(abs(mean) < 0.01, "\(name)")
      #expect(abs(deviation - 0.02) < 0.006, "\(name)")
    }
    #expect(abs(moments(try #require(first["qkv.weight"]).floats()).deviation - 0.02) < 0.0003)
    #expect(first["norm.weight"]?.floats() == [Float](repeating: 1, count: 48))
    #expect(first["norm.bias"]?.floats() == [Float](repeating: 0, count: 48))
    #expect(first["scale.gamma"]?.floats() == [Float](repeating: 1e-6, count: 480))
  }

  private func moments(_ values: [Float]) -> (mean: Double, deviation: Double) {
    let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
    let squares = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return (mean, (squares / Double(values.count)).squareRoot())
  }
}
