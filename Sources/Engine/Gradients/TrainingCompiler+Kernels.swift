import COneDNN
import Diagnostics
import Networks
import Synchronization
import Tensors

/// The images of a value or a gradient, one behind the other, for kernels of our own.
struct ImageStack {
  let place: TrainingPlace
  /// How one image lies in memory.
  let map: FeatureMap

  /// The first number of an image.
  func pointer(_ frame: TrainingProgram.Frame, _ image: Int) -> UnsafeMutablePointer<Float> {
    frame.pointer(to: place) + image * map.count
  }
}

extension TrainingCompiler {
  /// The images of a location that has the shape of a value.
  func view(_ location: Location, of value: Int) -> ImageStack {
    let shape = graph.shapes[value]
    return ImageStack(
      place: location.place,
      map: FeatureMap(shape, shape.rank == 3 ? location.layout : .plain))
  }

  /// Appends a kernel of our own that computes each image by itself.
  mutating func emitForEachImage(
    _ layer: String, kernel name: String, at stacks: [ImageStack],
    and places: [TrainingPlace] = [], _ body: @escaping (Frame, _ image: Int) -> Void
  ) {
    let images = images
    emit(layer, kernel: name, at: stacks.map(\.place) + places) { frame in
      ThreadTeam.forEach(images, threads: frame.threads) { body(frame, $0) }
      return dnnl_success
    }
  }

  /// The same for a kernel that uses oneDNN, on one thread for each image.
  mutating func emitForEachImage(
    _ layer: String, checkedKernel name: String, at stacks: [ImageStack],
    and places: [TrainingPlace] = [], _ body: @escaping (Frame, _ image: Int) -> dnnl_status_t
  ) {
    let images = images
    emit(layer, kernel: name, at: stacks.map(\.place) + places) { frame in
      let failure = Atomic(dnnl_success.rawValue)
      ThreadTeam.forEach(images, threads: frame.threads) { image in
        let status = body(frame, image)
        if status != dnnl_success { failure.store(status.rawValue, ordering: .relaxed) }
      }
      return dnnl_status_t(failure.load(ordering: .relaxed))
    }
  }

  /// Appends a kernel that writes the gradient of a learned vector, a range of its elements on each
  /// thread; it is zero before.
  mutating func emitSum(
    _ layer: String, kernel name: String, at stacks: [ImageStack], and places: [TrainingPlace],
    into gradients: [TrainingPlace], count: Int, unit: Int = 8,
    _ body: @escaping (Frame, _ elements: Range<Int>) -> Void
  ) {
    emit(layer, kernel: name, at: stacks.map(\.place) + places + gradients) { frame in
      for gradient in gradients {
        frame.pointer(to: gradient).update(repeating: 0, count: count)
      }
      let units = (count + unit - 1) / unit
      let team = min(frame.threads, units)
      ThreadTeam.forEach(team, threads: team) { part in
        let end = min(units * (part + 1) / team * unit, count)
        body(frame, units * part / team * unit..<end)
      }
      return dnnl_success
    }
  }

  /// A place for a result of the same layout: that of what is read where it may be overwritten.
  mutating func destination(over source: Location, of value: Int) -> Location {
    isFree(value) ? source : newBuffer(source.layout, source.descriptor)
  }

  // MARK: Masks

  /// Dropout, whose mask the backward pass makes once more.
  mutating func lowerDropout(_ node: Node, rate: Float) throws(RegistryError) {
    let layer = node.output
    lowerMask(node, "dropout") { frame, image, x, y, map in
      DropoutKernel.forward(
        x, count: map.count, rate: rate,
        key: DropoutKernel.key(seed: frame.seed, layer: layer, image: image), into: y)
    }
  }

  /// Stochastic depth, whose factors the backward pass makes once more.
  mutating func lowerStochasticDepth(_ node: Node, rate: Float) throws(RegistryError) {
    let layer = node.output
    lowerMask(node, "stochastic_depth") { frame, image, x, y, map in
      let key = DropoutKernel.key(seed: frame.seed, layer: layer, image: image)
      MultiplyKernel.scale(
        x, by: DropoutKernel.imageFactor(rate: rate, key: key), count: map.count, into: y)
    }
  }

  /// A layer that multiplies with numbers which do not depend on what it reads: forward and backward
  /// are the same.
  private mutating func lowerMask(
    _ node: Node, _ kernel: String,
    _ body:
      @escaping (
        Frame, Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>, FeatureMap
      ) -> Void
  ) {
    let name = node.layer.name
    let source = location(of: node.inputs[0])
    let destination = destination(over: source, of: node.inputs[0])
    let (x, y) = (view(source, of: node.output), view(destination, of: node.output))
    emitForEachImage(name, kernel: kernel, at: [x, y]) { frame, image in
      body(frame, image, x.pointer(frame, image), y.pointer(frame, image), x.map)
    }
    complete(node, at: destination) { (compiler: inout TrainingCompiler) throws(RegistryError) in
      guard let upstream = try compiler.gradient(of: node.output, for: name) else { return }
      let result = compiler.successor(of: upstream)
      let dy = compiler.view(upstream, of: node.output)
      let dx = compiler.view(result, of: node.output)
      compiler.emitForEachImage(name, kernel: "\(kernel)_gradient", at: [dy, dx]) { frame, image in
        body(frame, image, dy.pointer(frame, image), dx.pointer(frame, image), dy.map)
      }
      try compiler.contribute(result, to: node.inputs[0], for: name)
    }
  }
}
