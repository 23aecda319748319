import COneDNN
import Diagnostics
import Networks
import Tensors

extension TrainingCompiler {
  /// An activation; written over what it reads where its gradient can be told from its result.
  mutating func lowerActivation(_ node: Node, _ function: Activation) throws(RegistryError) {
    let name = node.layer.name
    let source = location(of: node.inputs[0])
    if isFused(node) {
      complete(node, at: source) { (compiler: inout TrainingCompiler) throws(RegistryError) in
        guard let upstream = try compiler.gradient(of: node.output, for: name) else { return }
        try compiler.contribute(upstream, to: node.inputs[0], for: name)
      }
      return
    }
    let destination =
      function.gradientReadsResult && isFree(node.inputs[0])
      ? source : newBuffer(source.layout, source.descriptor)
    var (input, attributes) = (source, try Attributes())
    var forward: PrimitiveDescriptor?
    for (kind, alpha, beta) in function.algorithms {
      let device = device
      let primitive = try PrimitiveDescriptor(function.rawValue) {
        onednn_eltwise_forward_create(
          $0, device.handle, dnnl_forward_training, function.kindInTraining(kind),
          input.descriptor.handle, destination.descriptor.handle, alpha, beta, attributes.handle)
      }
      try emit(
        name, primitive,
        [(DNNL_ARG_SRC, input.operand()), (DNNL_ARG_DST, destination.operand())])
      input = destination
      forward = primitive
    }
    guard let forward else { preconditionFailure("an activation has a function") }
    complete(node, at: destination) { (compiler: inout TrainingCompiler) throws(RegistryError) in
      guard let upstream = try compiler.gradient(of: node.output, for: name) else { return }
      let result = try compiler.successor(of: upstream, for: node.inputs[0])
      if function == .hardSigmoid {
        compiler.lowerHardSigmoidGradient(name, destination, upstream, result)
      } else {
        let data = function.gradientReadsResult ? destination : source
        try compiler.lowerActivationGradient(name, function, forward, data, upstream, result)
      }
      try compiler.contribute(result, to: node.inputs[0], for: name)
    }
  }

  private mutating func lowerActivationGradient(
    _ name: String, _ function: Activation, _ forward: PrimitiveDescriptor, _ data: Location,
    _ upstream: Location, _ result: Location
  ) throws(RegistryError) {
    let (kind, alpha, beta) = function.algorithms[0]
    let (device, attributes) = (device, try Attributes())
    let descriptor = try PrimitiveDescriptor("the gradient of \(function.rawValue)") {
      onednn_eltwise_backward_create(
        $0, device.handle, function.kindInTraining(kind), upstream.descriptor.handle,
        data.descriptor.handle, alpha, beta, forward.handle, attributes.handle)
    }
    try emit(
      name, descriptor,
      [
        (function.gradientReadsResult ? DNNL_ARG_DST : DNNL_ARG_SRC, data.operand()),
        (DNNL_ARG_DIFF_DST, upstream.operand()), (DNNL_ARG_DIFF_SRC, result.operand()),
      ])
  }

  /// A sixth of the gradient where the result lies between 0 and 1; oneDNN 2.6 has none.
  private mutating func lowerHardSigmoidGradient(
    _ name: String, _ data: Location, _ upstream: Location, _ result: Location
  ) {
    let count = data.descriptor.byteCount / MemoryLayout<Float>.stride
    emit(
      name, kernel: "hard_sigmoid_gradient", at: [data.place, upstream.place, result.place]
    ) { frame in
      let values = frame.pointer(to: data.place)
      let gradients = frame.pointer(to: upstream.place)
      let results = frame.pointer(to: result.place)
      ThreadTeam.forEachRange(of: count, threads: frame.threads) { range in
        for index in range {
          let isInside = values[index] > 0 && values[index] < 1
          results[index] = isInside ? gradients[index] * (1 / 6) : 0
        }
      }
    }
  }
}

extension Activation {
  /// Whether the gradient is computed from what the function returned, not from what it was given.
  fileprivate var gradientReadsResult: Bool {
    switch self {
    case .relu, .relu6, .sigmoid, .hardSigmoid: true
    case .hardSwish, .silu, .gelu: false
    }
  }

  /// oneDNN's function with which a gradient is right at the borders and read from the result.
  fileprivate func kindInTraining(_ kind: dnnl_alg_kind_t) -> dnnl_alg_kind_t {
    switch self {
    case .relu: dnnl_eltwise_relu_use_dst_for_bwd
    case .relu6: dnnl_eltwise_clip_v2_use_dst_for_bwd
    case .sigmoid: dnnl_eltwise_logistic_use_dst_for_bwd
    case .hardSigmoid, .hardSwish, .silu, .gelu: kind
    }
  }
}
