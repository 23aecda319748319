import COneDNN
import Diagnostics
import Networks
import Tensors

extension TrainingCompiler {
  /// Normalization of the last axis.
  mutating func lowerLayerNorm(_ node: Node, _ norm: LayerNorm) throws(RegistryError) {
    let name = node.layer.name
    let source = try location(of: node.inputs[0], in: .plain, for: name)
    let destination = newBuffer(.plain, source.descriptor)
    let (x, y) = (view(source, of: node.output), view(destination, of: node.output))
    let (features, epsilon) = (norm.features, norm.epsilon)
    let rows = x.map.count / features
    let weight = tensors.place(of: node.layer, "weight")
    let bias = tensors.place(of: node.layer, "bias")
    // The mean and the inverse deviation of each row.
    let saved = newBuffer(.plain, try MemoryDescriptor([2, images * rows], dnnl_nc)).place
    let rowCount = images * rows
    func statistics(_ frame: Frame, _ image: Int) -> LayerNormKernel.Statistics {
      let base = frame.pointer(to: saved) + image * rows
      return LayerNormKernel.Statistics(mean: base, inverseDeviation: base + rowCount)
    }
    emitForEachImage(name, kernel: "layer_norm", at: [x, y], and: [saved]) { frame, image in
      LayerNormKernel.forward(
        x.pointer(frame, image), weight: frame.pointer(to: weight), bias: frame.pointer(to: bias),
        rows: rows, features: features, epsilon: epsilon, into: y.pointer(frame, image),
        saving: statistics(frame, image))
    }
    complete(node, at: destination) { (compiler: inout TrainingCompiler) throws(RegistryError) in
      guard let upstream = try compiler.gradient(of: node.output, in: .plain, for: name) else {
        return
      }
      let dy = compiler.view(upstream, of: node.output)
      if node.isTrainable {
        let gradients = ["weight", "bias"].map { compiler.tensors.gradient(of: node.layer, $0) }
        compiler.emitSum(
          name, kernel: "layer_norm_parameters", at: [x, dy], and: [saved], into: gradients,
          count: features
        ) { frame, columns in
          LayerNormKernel.addParameterGradients(
            x.pointer(frame, 0), dy.pointer(frame, 0), statistics(frame, 0), rows: rowCount,
            features: features, columns: columns, weight: frame.pointer(to: gradients[0]),
            bias: frame.pointer(to: gradients[1]))
        }
      }
      guard compiler.graph.needsGradient[node.inputs[0]] else { return }
      let result = compiler.successor(of: upstream)
      let dx = compiler.view(result, of: node.output)
      compiler.emitForEachImage(
        name, kernel: "layer_norm_gradient", at: [x, dy, dx], and: [saved]
      ) { frame, image in
        LayerNormKernel.backward(
          x.pointer(frame, image), dy.pointer(frame, image), weight: frame.pointer(to: weight),
          statistics(frame, image), rows: rows, features: features,
          into: dx.pointer(frame, image))
      }
      try compiler.contribute(result, to: node.inputs[0], for: name)
    }
  }

  /// Softmax over the last axis.
  mutating func lowerSoftmax(_ node: Node) throws(RegistryError) {
    let name = node.layer.name
    let source = try location(of: node.inputs[0], in: .plain, for: name)
    let destination = destination(over: source, of: node.inputs[0])
    let (x, y) = (view(source, of: node.output), view(destination, of: node.output))
    let width = graph.shapes[node.output].extents.last ?? 1
    let rows = x.map.count / width
    emitForEachImage(name, kernel: "softmax", at: [x, y]) { frame, image in
      SoftmaxKernel.forward(
        x.pointer(frame, image), rows: rows, width: width, into: y.pointer(frame, image))
    }
    complete(node, at: destination) { (compiler: inout TrainingCompiler) throws(RegistryError) in
      guard let upstream = try compiler.gradient(of: node.output, in: .plain, for: name) else {
        return
      }
      let result = compiler.successor(of: upstream)
      let dy = compiler.view(upstream, of: node.output)
      let dx = compiler.view(result, of: node.output)
      compiler.emitForEachImage(name, kernel: "softmax_gradient", at: [y, dy, dx]) {
        frame, image in
        SoftmaxKernel.backward(
          output: y.pointer(frame, image), dy.pointer(frame, image), rows: rows, width: width,
          into: dx.pointer(frame, image))
      }
      try compiler.contribute(result, to: node.inputs[0], for: name)
    }
  }

  mutating func lowerAttention(_ node: Node, _ attention: Attention) throws(RegistryError) {
    let name = node.layer.name
    let shape = graph.shapes[node.output]
    let kernel = AttentionKernel(tokens: shape[0], features: shape[1], heads: attention.heads)
    let source = try location(of: node.inputs[0], in: .plain, for: name)
    let destination = try newBuffer(.plain, for: node.output)
    let (x, y) = (view(source, of: node.inputs[0]), view(destination, of: node.output))
    let probabilities = try newStack(kernel.probabilityCount)
    emitForEachImage(name, checkedKernel: "attention", at: [x, y, probabilities]) { frame, image in
      kernel.forward(
        x.pointer(frame, image), probabilities: probabilities.pointer(frame, image),
        into: y.pointer(frame, image))
    }
    complete(node, at: destination) { (compiler: inout TrainingCompiler) throws(RegistryError) in
      guard let upstream = try compiler.gradient(of: node.output, in: .plain, for: name) else {
        return
      }
      let result = try compiler.newBuffer(.plain, for: node.inputs[0])
      let dy = compiler.view(upstream, of: node.output)
      let dx = compiler.view(result, of: node.inputs[0])
      let scratch = try compiler.newStack(kernel.backwardScratchCount)
      compiler.emitForEachImage(
        name, checkedKernel: "attention_gradient", at: [x, dy, dx, probabilities, scratch]
      ) { frame, image in
        kernel.backward(
          x.pointer(frame, image), probabilities: probabilities.pointer(frame, image),
          dy.pointer(frame, image), scratch: scratch.pointer(frame, image),
          into: dx.pointer(frame, image))
      }
      try compiler.contribute(result, to: node.inputs[0], for: name)
    }
  }

  /// Room for that many numbers of each image.
  private mutating func newStack(_ count: Int) throws(RegistryError) -> ImageStack {
    let location = newBuffer(.plain, try MemoryDescriptor([images, count], dnnl_nc))
    return ImageStack(
      place: location.place, map: FeatureMap(channels: count, pixels: 1, block: 1))
  }

  mutating func lowerMatrixProduct(_ node: Node) throws(RegistryError) {
    let name = node.layer.name
    let first = try location(of: node.inputs[0], in: .plain, for: name)
    let second = try location(of: node.inputs[1], in: .plain, for: name)
    let destination = try newBuffer(.plain, for: node.output)
    let (a, b) = (view(first, of: node.inputs[0]), view(second, of: node.inputs[1]))
    let c = view(destination, of: node.output)
    let extents = graph.shapes[node.output].extents.suffix(2)
    let (m, n) = (extents.first ?? 1, extents.last ?? 1)
    let k = graph.shapes[node.inputs[0]].extents.last ?? 1
    let count = c.map.count / (m * n)
    emitForEachImage(name, checkedKernel: "matrix_product", at: [a, b, c]) { frame, image in
      MatrixProductKernel.forward(
        a.pointer(frame, image), b.pointer(frame, image), count: count, m: m, n: n, k: k,
        into: c.pointer(frame, image))
    }
    complete(node, at: destination) { (compiler: inout TrainingCompiler) throws(RegistryError) in
      guard let upstream = try compiler.gradient(of: node.output, in: .plain, for: name) else {
        return
      }
      let dc = compiler.view(upstream, of: node.output)
      var results: [(input: Int, location: Location, stack: ImageStack)] = []
      var wanted: (ImageStack?, ImageStack?)
      for (index, input) in node.inputs.enumerated() where compiler.graph.needsGradient[input] {
        let result = try compiler.newBuffer(.plain, for: input)
        let stack = compiler.view(result, of: input)
        results.append((input, result, stack))
        if index == 0 { wanted.0 = stack } else { wanted.1 = stack }
      }
      compiler.emitForEachImage(
        name, checkedKernel: "matrix_product_gradient", at: [a, b, dc] + results.map(\.stack)
      ) { [wanted] frame, image in
        MatrixProductKernel.backward(
          a.pointer(frame, image), b.pointer(frame, image), dc.pointer(frame, image),
          count: count, m: m, n: n, k: k, a: wanted.0?.pointer(frame, image),
          b: wanted.1?.pointer(frame, image))
      }
      for (input, result, _) in results { try compiler.contribute(result, to: input, for: name) }
    }
  }

  /// A learned token before the others.
  mutating func lowerClassToken(_ node: Node, _ tensor: LearnedTensor) throws(RegistryError) {
    let name = node.layer.name
    let shape = graph.shapes[node.inputs[0]]
    let (tokens, features) = (shape[0], shape[1])
    let source = location(of: node.inputs[0])
    let destination = try newBuffer(.plain, for: node.output)
    let (x, y) = (view(source, of: node.inputs[0]), view(destination, of: node.output))
    let token = tensors.place(of: node.layer, tensor.name)
    emitForEachImage(name, kernel: "class_token", at: [x, y]) { frame, image in
      TokenKernel.prepend(
        frame.pointer(to: token), to: x.pointer(frame, image), tokens: tokens, features: features,
        into: y.pointer(frame, image))
    }
    complete(node, at: destination) { (compiler: inout TrainingCompiler) throws(RegistryError) in
      guard let upstream = try compiler.gradient(of: node.output, for: name) else { return }
      let dy = compiler.view(upstream, of: node.output)
      compiler.lowerImageSums(node, tensor, dy, count: features)
      guard compiler.graph.needsGradient[node.inputs[0]] else { return }
      let result = try compiler.newBuffer(.plain, for: node.inputs[0])
      let dx = compiler.view(result, of: node.inputs[0])
      compiler.emitForEachImage(name, kernel: "class_token_gradient", at: [dy, dx]) {
        frame, image in
        TokenKernel.prependBackward(
          dy.pointer(frame, image), tokens: tokens, features: features,
          into: dx.pointer(frame, image))
      }
      try compiler.contribute(result, to: node.inputs[0], for: name)
    }
  }

  /// A learned vector added to each token.
  mutating func lowerPositionEmbedding(
    _ node: Node, _ tensor: LearnedTensor
  ) throws(RegistryError) {
    let name = node.layer.name
    let source = location(of: node.inputs[0])
    let destination = destination(over: source, of: node.inputs[0])
    let (x, y) = (view(source, of: node.output), view(destination, of: node.output))
    let embedding = tensors.place(of: node.layer, tensor.name)
    emitForEachImage(name, kernel: "position_embedding", at: [x, y]) { frame, image in
      TokenKernel.add(
        frame.pointer(to: embedding), to: x.pointer(frame, image), count: x.map.count,
        into: y.pointer(frame, image))
    }
    complete(node, at: destination) { (compiler: inout TrainingCompiler) throws(RegistryError) in
      guard let upstream = try compiler.gradient(of: node.output, for: name) else { return }
      let dy = compiler.view(upstream, of: node.output)
      compiler.lowerImageSums(node, tensor, dy, count: dy.map.count)
      try compiler.contribute(upstream, to: node.inputs[0], for: name)
    }
  }

  /// The gradient of what every image begins with.
  private mutating func lowerImageSums(
    _ node: Node, _ tensor: LearnedTensor, _ dy: ImageStack, count: Int
  ) {
    guard node.isTrainable else { return }
    let gradient = tensors.gradient(of: node.layer, tensor.name)
    let images = images
    emitSum(
      node.layer.name, kernel: "image_sums", at: [dy], and: [], into: [gradient], count: count
    ) { frame, elements in
      TokenKernel.addImageSums(
        dy.pointer(frame, 0), images: images, stride: dy.map.count, elements: elements,
        into: frame.pointer(to: gradient))
    }
  }

  /// The axes in another order; between blocks of channels and channels last without a detour.
  mutating func lowerTranspose(_ node: Node, _ order: [Int]) throws(RegistryError) {
    let name = node.layer.name
    let input = node.inputs[0]
    let fromBlocks = order == [1, 2, 0]
    let toBlocks = order == [2, 0, 1]
    let source = try location(of: input, in: fromBlocks ? .blocked : .plain, for: name)
    let destination = try newBuffer(toBlocks ? .blocked : .plain, for: node.output)
    let (x, y) = (view(source, of: input), view(destination, of: node.output))
    let extents = graph.shapes[input].extents
    func move(
      _ a: ImageStack, into b: ImageStack, fromBlocks: Bool, toBlocks: Bool, _ plan: TransposeKernel
    ) -> (Frame, Int) -> Void {
      { frame, image in
        let (from, to) = (a.pointer(frame, image), b.pointer(frame, image))
        if fromBlocks {
          ChannelsLastKernel.fromBlocks(from, a.map, into: to)
        } else if toBlocks {
          ChannelsLastKernel.toBlocks(from, b.map, into: to)
        } else {
          plan.run(from, into: to)
        }
      }
    }
    emitForEachImage(
      name, kernel: "transpose", at: [x, y],
      move(
        x, into: y, fromBlocks: fromBlocks, toBlocks: toBlocks,
        TransposeKernel(extents, order: order)))
    complete(node, at: destination) { (compiler: inout TrainingCompiler) throws(RegistryError) in
      guard
        let upstream = try compiler.gradient(of: node.output, in: destination.layout, for: name)
      else { return }
      let result = try compiler.newBuffer(source.layout, for: input)
      let dy = compiler.view(upstream, of: node.output)
      let dx = compiler.view(result, of: input)
      compiler.emitForEachImage(
        name, kernel: "transpose_gradient", at: [dy, dx],
        move(
          dy, into: dx, fromBlocks: toBlocks, toBlocks: fromBlocks,
          TransposeKernel.backward(extents, order: order)))
      try compiler.contribute(result, to: input, for: name)
    }
  }
}
