import COneDNN
import Diagnostics
import Networks
import Tensors

/// How the learned factors of a layer scale meet the numbers of an image.
private enum FactorOrder {
  /// One for each channel of a picture.
  case channels
  /// One for each feature of the last axis.
  case features(Int)
  /// Otherwise: the number of the factor for each number of the image.
  case table([Int])

  init(_ learned: [Int], for shape: Shape) {
    if shape.rank == 3, learned == [shape[0], 1, 1] {
      self = .channels
    } else if learned.dropLast().allSatisfy({ $0 == 1 }), learned.last == shape.extents.last {
      self = .features(learned.last ?? 1)
    } else {
      let extents = shape.extents
      let learned = [Int](repeating: 1, count: extents.count - learned.count) + learned
      self = .table(
        (0..<shape.elementCount).map { place in
          var (rest, factor, stride) = (place, 0, 1)
          for axis in extents.indices.reversed() {
            if learned[axis] > 1 { factor += rest % extents[axis] * stride }
            stride *= learned[axis]
            rest /= extents[axis]
          }
          return factor
        })
    }
  }

  /// `y = x s` for one image; its own backward pass by `x`.
  func multiply(
    _ x: UnsafePointer<Float>, _ factors: UnsafePointer<Float>, _ map: FeatureMap,
    into y: UnsafeMutablePointer<Float>
  ) {
    switch self {
    case .channels: MultiplyKernel.forward(x, factors: factors, map, into: y)
    case .features(let count):
      LayerScaleKernel.forward(
        x, factors: factors, rows: map.count / count, features: count, into: y)
    case .table(let table):
      for (index, factor) in table.enumerated() { y[index] = x[index] * factors[factor] }
    }
  }

  /// Adds to the gradients of some factors what all images give.
  func addGradients(
    _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ map: FeatureMap, images: Int,
    _ factors: Range<Int>, into ds: UnsafeMutablePointer<Float>
  ) {
    switch self {
    case .channels:
      let blocks = factors.lowerBound / map.block..<(factors.upperBound + map.block - 1) / map.block
      LayerScaleKernel.addFactorGradients(x, dy, map, images: images, blocks: blocks, into: ds)
    case .features(let count):
      LayerScaleKernel.addFactorGradients(
        x, dy, rows: images * map.count / count, features: count, columns: factors, into: ds)
    case .table(let table):
      for image in 0..<images {
        for (index, factor) in table.enumerated() where factors.contains(factor) {
          let place = image * map.count + index
          ds[factor] += x[place] * dy[place]
        }
      }
    }
  }
}

extension TrainingCompiler {
  /// A product with learned factors.
  mutating func lowerLayerScale(
    _ node: Node, _ tensor: LearnedTensor
  ) throws(RegistryError) {
    let name = node.layer.name
    let shape = graph.shapes[node.output]
    let order = FactorOrder(tensor.shape.extents, for: shape)
    // Whole blocks of channels find whole blocks of factors.
    var layout = Layout.plain
    if case .channels = order, shape[0].isMultiple(of: Device.channelBlock) {
      layout = location(of: node.inputs[0]).layout
    }
    let source = try location(of: node.inputs[0], in: layout, for: name)
    let destination = newBuffer(layout, source.descriptor)
    let (x, y) = (view(source, of: node.output), view(destination, of: node.output))
    let factors = tensors.place(of: node.layer, tensor.name)
    let count = tensor.shape.elementCount
    emitForEachImage(name, kernel: "layer_scale", at: [x, y]) { frame, image in
      order.multiply(
        x.pointer(frame, image), frame.pointer(to: factors), x.map, into: y.pointer(frame, image))
    }
    let images = images
    complete(node, at: destination) { (compiler: inout TrainingCompiler) throws(RegistryError) in
      guard let upstream = try compiler.gradient(of: node.output, in: layout, for: name) else {
        return
      }
      let dy = compiler.view(upstream, of: node.output)
      if node.isTrainable {
        let gradient = compiler.tensors.gradient(of: node.layer, tensor.name)
        compiler.emitSum(
          name, kernel: "layer_scale_factors", at: [x, dy], and: [], into: [gradient],
          count: count, unit: max(x.map.block, 8)
        ) { frame, elements in
          order.addGradients(
            x.pointer(frame, 0), dy.pointer(frame, 0), x.map, images: images, elements,
            into: frame.pointer(to: gradient))
        }
      }
      guard compiler.graph.needsGradient[node.inputs[0]] else { return }
      let result = compiler.successor(of: upstream)
      let dx = compiler.view(result, of: node.output)
      compiler.emitForEachImage(name, kernel: "layer_scale_gradient", at: [dy, dx]) {
        frame, image in
        order.multiply(
          dy.pointer(frame, image), frame.pointer(to: factors), dy.map,
          into: dx.pointer(frame, image))
      }
      try compiler.contribute(result, to: node.inputs[0], for: name)
    }
  }
}
