import COneDNN
import Diagnostics
import Networks
import Tensors

extension TrainingCompiler {
  /// A product of two values of one shape, or of a picture and a factor for each channel.
  mutating func lowerProduct(_ node: Node) throws(RegistryError) {
    let name = node.layer.name
    let (first, second) = (node.inputs[0], node.inputs[1])
    let isBroadcast = graph.shapes[first] != graph.shapes[second]
    let left = location(of: first)
    let right = try location(of: second, in: left.layout, for: name)
    let destination = newBuffer(left.layout, left.descriptor)
    let (x, s) = (view(left, of: first), view(right, of: second))
    let y = view(destination, of: node.output)
    func multiply(_ a: ImageStack, into c: ImageStack) -> (Frame, Int) -> Void {
      { frame, image in
        if isBroadcast {
          MultiplyKernel.forward(
            a.pointer(frame, image), factors: s.pointer(frame, image), a.map,
            into: c.pointer(frame, image))
        } else {
          MultiplyKernel.forward(
            a.pointer(frame, image), s.pointer(frame, image), count: a.map.count,
            into: c.pointer(frame, image))
        }
      }
    }
    emitForEachImage(name, kernel: "multiply", at: [x, s, y], multiply(x, into: y))
    complete(node, at: destination) { (compiler: inout TrainingCompiler) throws(RegistryError) in
      guard let upstream = try compiler.gradient(of: node.output, in: left.layout, for: name) else {
        return
      }
      let dy = compiler.view(upstream, of: node.output)
      if compiler.graph.needsGradient[second] {
        let result = compiler.newBuffer(right.layout, right.descriptor)
        let ds = compiler.view(result, of: second)
        compiler.emitForEachImage(name, kernel: "multiply_gradient", at: [x, dy, ds]) {
          frame, image in
          if isBroadcast {
            MultiplyKernel.factorGradients(
              x.pointer(frame, image), dy.pointer(frame, image), x.map, blocks: 0..<x.map.blocks,
              into: ds.pointer(frame, image))
          } else {
            MultiplyKernel.forward(
              x.pointer(frame, image), dy.pointer(frame, image), count: x.map.count,
              into: ds.pointer(frame, image))
          }
        }
        try compiler.contribute(result, to: second, for: name)
      }
      if compiler.graph.needsGradient[first] {
        let result = compiler.successor(of: upstream)
        let dx = compiler.view(result, of: first)
        compiler.emitForEachImage(
          name, kernel: "multiply_gradient", at: [dy, s, dx], multiply(dy, into: dx))
        try compiler.contribute(result, to: first, for: name)
      }
    }
  }

  /// Values one behind the other along the channels.
  mutating func lowerConcatenation(_ node: Node) throws(RegistryError) {
    let name = node.layer.name
    let layout: Layout = graph.shapes[node.output].rank == 3 ? .blocked : .plain
    let destination = try newBuffer(layout, for: node.output)
    let y = view(destination, of: node.output)
    var parts: [(input: Int, start: Int, stack: ImageStack)] = []
    var start = 0
    for input in node.inputs {
      let source = try location(of: input, in: layout, for: name)
      parts.append((input, start, view(source, of: input)))
      start += graph.shapes[input][0]
    }
    emitForEachImage(name, kernel: "concatenate", at: parts.map(\.stack) + [y]) {
      [parts] frame, image in
      for (_, start, x) in parts {
        ChannelRangeKernel.copy(
          x.pointer(frame, image), x.map, from: 0, count: x.map.channels,
          to: y.pointer(frame, image), y.map, at: start)
      }
    }
    complete(node, at: destination) {
      [parts] (compiler: inout TrainingCompiler) throws(RegistryError) in
      guard let upstream = try compiler.gradient(of: node.output, in: layout, for: name) else {
        return
      }
      let dy = compiler.view(upstream, of: node.output)
      for (input, start, _) in parts where compiler.graph.needsGradient[input] {
        let result = try compiler.newBuffer(layout, for: input)
        let dx = compiler.view(result, of: input)
        compiler.emitForEachImage(name, kernel: "concatenate_gradient", at: [dy, dx]) {
          frame, image in
          ChannelRangeKernel.copy(
            dy.pointer(frame, image), dy.map, from: start, count: dx.map.channels,
            to: dx.pointer(frame, image), dx.map, at: 0)
        }
        try compiler.contribute(result, to: input, for: name)
      }
    }
  }

  /// A part of the channels, or of the tokens.
  mutating func lowerNarrow(_ node: Node, _ range: Narrow) throws(RegistryError) {
    let name = node.layer.name
    let source = location(of: node.inputs[0])
    let layout = source.layout
    let destination = try newBuffer(layout, for: node.output)
    let (x, y) = (view(source, of: node.inputs[0]), view(destination, of: node.output))
    emitForEachImage(name, kernel: "narrow", at: [x, y]) { frame, image in
      ChannelRangeKernel.copy(
        x.pointer(frame, image), x.map, from: range.start, count: range.length,
        to: y.pointer(frame, image), y.map, at: 0)
    }
    complete(node, at: destination) { (compiler: inout TrainingCompiler) throws(RegistryError) in
      guard let upstream = try compiler.gradient(of: node.output, in: layout, for: name) else {
        return
      }
      let result = try compiler.newBuffer(layout, for: node.inputs[0])
      let dy = compiler.view(upstream, of: node.output)
      let dx = compiler.view(result, of: node.inputs[0])
      compiler.emitForEachImage(name, kernel: "narrow_gradient", at: [dy, dx]) { frame, image in
        ChannelRangeKernel.narrowBackward(
          dy.pointer(frame, image), dy.map, into: dx.pointer(frame, image), dx.map,
          at: range.start)
      }
      try compiler.contribute(result, to: node.inputs[0], for: name)
    }
  }

  mutating func lowerChannelShuffle(_ node: Node, groups: Int) throws(RegistryError) {
    let name = node.layer.name
    let source = location(of: node.inputs[0])
    let destination = newBuffer(source.layout, source.descriptor)
    let (x, y) = (view(source, of: node.output), view(destination, of: node.output))
    emitForEachImage(name, kernel: "channel_shuffle", at: [x, y]) { frame, image in
      ChannelShuffleKernel.forward(
        x.pointer(frame, image), x.map, groups: groups, into: y.pointer(frame, image))
    }
    complete(node, at: destination) { (compiler: inout TrainingCompiler) throws(RegistryError) in
      guard let upstream = try compiler.gradient(of: node.output, for: name) else { return }
      let result = compiler.newBuffer(upstream.layout, upstream.descriptor)
      let dy = compiler.view(upstream, of: node.output)
      let dx = compiler.view(result, of: node.output)
      compiler.emitForEachImage(name, kernel: "channel_shuffle_gradient", at: [dy, dx]) {
        frame, image in
        ChannelShuffleKernel.backward(
          dy.pointer(frame, image), dy.map, groups: groups, into: dx.pointer(frame, image))
      }
      try compiler.contribute(result, to: node.inputs[0], for: name)
    }
  }
}
