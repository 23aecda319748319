import COneDNN
import Diagnostics
import Networks
import Tensors

/// Steps that kernels of our own compute.
extension ProgramCompiler {
  /// Numbers that a kernel reads, as long as it lives.
  private struct Constants {
    private let bytes: AlignedBytes
    var base: UnsafePointer<Float> { UnsafePointer(bytes.base.assumingMemoryBound(to: Float.self)) }

    /// - Throws: `engine_failed` when the system has no memory left.
    init(_ numbers: [Float]) throws(RegistryError) {
      bytes = try AlignedBytes(byteCount: numbers.count * MemoryLayout<Float>.stride)
      numbers.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(start: bytes.base, count: bytes.byteCount).copyMemory(
          from: $0)
      }
    }
  }

  // MARK: Channels of pictures

  /// A hard sigmoid that nothing could take in.
  mutating func lowerHardSigmoid(_ step: FusedGraph.Step) throws(RegistryError) {
    let source = location(of: step.inputs[0])
    let map = featureMap(of: step.inputs[0], in: source.layout)
    try lower(step, reading: [source], layout: source.layout) {
      HardSigmoidKernel.forward($0[0], map, into: $0.output)
      return dnnl_success
    }
  }

  /// A product of two values, or with a factor for each channel.
  mutating func lowerProduct(_ step: FusedGraph.Step) throws(RegistryError) {
    let layout = commonLayout(of: step.inputs)
    let sources = try locations(of: step.inputs, in: layout, for: step.layer.name)
    let map = featureMap(of: step.inputs[0], in: layout)
    let isElementwise = graph.shapes[step.inputs[0]] == graph.shapes[step.inputs[1]]
    try lower(step, reading: sources, layout: layout) {
      if isElementwise {
        MultiplyKernel.forward($0[0], $0[1], count: map.count, into: $0.output)
      } else {
        MultiplyKernel.forward($0[0], factors: $0[1], map, into: $0.output)
      }
      return dnnl_success
    }
  }

  mutating func lowerConcatenation(_ step: FusedGraph.Step) throws(RegistryError) {
    let layout = commonLayout(of: step.inputs)
    let sources = try locations(of: step.inputs, in: layout, for: step.layer.name)
    let maps = step.inputs.map { featureMap(of: $0, in: layout) }
    let result = featureMap(of: step.output, in: layout)
    try lower(step, reading: sources, layout: layout) {
      var first = 0
      for (index, map) in maps.enumerated() {
        ChannelRangeKernel.copy(
          $0[index], map, from: 0, count: map.channels, to: $0.output, result, at: first)
        first += map.channels
      }
      return dnnl_success
    }
  }

  mutating func lowerNarrow(_ step: FusedGraph.Step, _ range: Narrow) throws(RegistryError) {
    let source = location(of: step.inputs[0])
    let map = featureMap(of: step.inputs[0], in: source.layout)
    let result = featureMap(of: step.output, in: source.layout)
    try lower(step, reading: [source], layout: source.layout) {
      ChannelRangeKernel.copy(
        $0[0], map, from: range.start, count: range.length, to: $0.output, result, at: 0)
      return dnnl_success
    }
  }

  mutating func lowerChannelShuffle(
    _ step: FusedGraph.Step, groups: Int
  ) throws(RegistryError) {
    let source = location(of: step.inputs[0])
    let map = featureMap(of: step.inputs[0], in: source.layout)
    try lower(step, reading: [source], layout: source.layout) {
      ChannelShuffleKernel.forward($0[0], map, groups: groups, into: $0.output)
      return dnnl_success
    }
  }

  // MARK: Orders of axes

  mutating func lowerTranspose(_ step: FusedGraph.Step, _ order: [Int]) throws(RegistryError) {
    let shape = graph.shapes[step.inputs[0]]
    let home = location(of: step.inputs[0])
    if order == [1, 2, 0], home.layout == .blocked {
      let map = featureMap(of: step.inputs[0], in: .blocked)
      try lower(step, reading: [home], layout: .plain) {
        ChannelsLastKernel.fromBlocks($0[0], map, into: $0.output)
        return dnnl_success
      }
    } else if order == [2, 0, 1], home.layout == .plain {
      // Convolutions will read it.
      let map = featureMap(of: step.output, in: .blocked)
      try lower(step, reading: [home], layout: .blocked) {
        ChannelsLastKernel.toBlocks($0[0], map, into: $0.output)
        return dnnl_success
      }
    } else {
      let source = try location(of: step.inputs[0], in: .plain, for: step.layer.name)
      let transpose = TransposeKernel(shape.extents, order: order)
      try lower(step, reading: [source], layout: .plain) {
        transpose.run($0[0], into: $0.output)
        return dnnl_success
      }
    }
  }

  // MARK: The last axis

  mutating func lowerLayerNorm(
    _ step: FusedGraph.Step, _ norm: LayerNorm
  ) throws(RegistryError) {
    let weight = try Constants(tensors.floats(of: step.layer, 0))
    let bias = try Constants(tensors.floats(of: step.layer, 1))
    let rows = graph.shapes[step.output].elementCount / norm.features
    try lowerPlain(step) {
      LayerNormKernel.forward(
        $0[0], weight: weight.base, bias: bias.base, rows: rows, features: norm.features,
        epsilon: norm.epsilon, into: $0.output)
      return dnnl_success
    }
  }

  mutating func lowerSoftmax(_ step: FusedGraph.Step) throws(RegistryError) {
    let shape = graph.shapes[step.output]
    let width = shape.extents.last ?? 1
    try lowerPlain(step) {
      SoftmaxKernel.forward(
        $0[0], rows: shape.elementCount / width, width: width, into: $0.output)
      return dnnl_success
    }
  }

  /// A layer scale that no linear layer could take in.
  mutating func lowerLayerScale(_ step: FusedGraph.Step) throws(RegistryError) {
    let shape = graph.shapes[step.output]
    let numbers = try tensors.floats(of: step.layer, 0)
    let learned = step.layer.tensors[0].shape.extents
    if shape.rank == 3, learned == [shape[0], 1, 1] {
      let source = location(of: step.inputs[0])
      let map = featureMap(of: step.inputs[0], in: source.layout)
      let factors = try Constants(
        numbers + [Float](repeating: 0, count: map.blocks * map.block - numbers.count))
      try lower(step, reading: [source], layout: source.layout) {
        MultiplyKernel.forward($0[0], factors: factors.base, map, into: $0.output)
        return dnnl_success
      }
      return
    }
    // The factors of the last axis, or more where they differ along others too.
    let isVector = learned.dropLast().allSatisfy { $0 == 1 } && learned.last == shape.extents.last
    let factors = try Constants(
      isVector ? numbers : Self.broadcast(numbers, learned, to: shape.extents))
    let features = isVector ? numbers.count : shape.elementCount
    try lowerPlain(step) {
      LayerScaleKernel.forward(
        $0[0], factors: factors.base, rows: shape.elementCount / features, features: features,
        into: $0.output)
      return dnnl_success
    }
  }

  /// Repeats numbers along the axes that their shape lacks or has an extent of one in.
  private static func broadcast(_ numbers: [Float], _ shape: [Int], to wanted: [Int]) -> [Float] {
    let shape = [Int](repeating: 1, count: wanted.count - shape.count) + shape
    return (0..<wanted.reduce(1, *)).map { place in
      var rest = place
      var source = 0
      var stride = 1
      for axis in wanted.indices.reversed() {
        if shape[axis] > 1 { source += rest % wanted[axis] * stride }
        stride *= shape[axis]
        rest /= wanted[axis]
      }
      return numbers[source]
    }
  }

  // MARK: Tokens

  mutating func lowerClassToken(_ step: FusedGraph.Step) throws(RegistryError) {
    let token = try Constants(tensors.floats(of: step.layer, 0))
    let shape = graph.shapes[step.inputs[0]]
    try lowerPlain(step) {
      TokenKernel.prepend(
        token.base, to: $0[0], tokens: shape[0], features: shape[1], into: $0.output)
      return dnnl_success
    }
  }

  mutating func lowerPositionEmbedding(_ step: FusedGraph.Step) throws(RegistryError) {
    let embedding = try Constants(tensors.floats(of: step.layer, 0))
    let count = graph.shapes[step.output].elementCount
    try lowerPlain(step) {
      TokenKernel.add(embedding.base, to: $0[0], count: count, into: $0.output)
      return dnnl_success
    }
  }

  mutating func lowerAttention(
    _ step: FusedGraph.Step, _ attention: Attention
  ) throws(RegistryError) {
    let shape = graph.shapes[step.output]
    let kernel = AttentionKernel(tokens: shape[0], features: shape[1], heads: attention.heads)
    try lowerPlain(step, scratchCount: kernel.forwardScratchCount) {
      kernel.forward($0[0], scratch: $0.scratch, into: $0.output)
    }
  }

  mutating func lowerMatrixProduct(_ step: FusedGraph.Step) throws(RegistryError) {
    let first = graph.shapes[step.inputs[0]].extents.suffix(2)
    let second = graph.shapes[step.inputs[1]].extents.suffix(2)
    let count = graph.shapes[step.inputs[0]].extents.dropLast(2).reduce(1, *)
    guard let m = first.first, let k = first.last, let n = second.last else {
      preconditionFailure("matrices have two axes")
    }
    try lowerPlain(step) {
      MatrixProductKernel.forward(
        $0[0], $0[1], count: count, m: m, n: n, k: k, into: $0.output)
    }
  }

  // MARK: Places

  /// A kernel that reads and writes row by row.
  private mutating func lowerPlain(
    _ step: FusedGraph.Step, scratchCount: Int = 0,
    _ run: @escaping (KernelCall.Operands) -> dnnl_status_t
  ) throws(RegistryError) {
    let sources = try locations(of: step.inputs, in: .plain, for: step.layer.name)
    try lower(step, reading: sources, layout: .plain, scratchCount: scratchCount, run)
  }

  private mutating func lower(
    _ step: FusedGraph.Step, reading sources: [Location], layout: Layout, scratchCount: Int = 0,
    _ run: @escaping (KernelCall.Operands) -> dnnl_status_t
  ) throws(RegistryError) {
    let shape = graph.shapes[step.output]
    let layout = shape.rank == 3 ? layout : .plain
    let destination = newBuffer(layout, try layout.descriptor(shape))
    let call = KernelCall(
      name: "own:\(step.layer.operation.kind)", scratchCount: scratchCount, run: run)
    emit(step.layer.name, call, reading: sources, writing: destination)
    complete(step, at: destination)
  }

  private mutating func locations(
    of values: [Int], in layout: Layout, for layer: String
  ) throws(RegistryError) -> [Location] {
    var locations: [Location] = []
    for value in values {
      locations.append(try location(of: value, in: layout, for: layer))
    }
    return locations
  }

  /// In blocks when one of the values is so, else row by row.
  private func commonLayout(of values: [Int]) -> Layout {
    values.contains { location(of: $0).layout == .blocked } ? .blocked : .plain
  }

  private func featureMap(of value: Int, in layout: Layout) -> FeatureMap {
    FeatureMap(graph.shapes[value], layout)
  }
}
