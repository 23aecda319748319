import COneDNN

/// `softmax(Q Kᵀ / √d) V` in each head, for one image
/// (Vaswani et al., "Attention is all you need", 2017, arXiv:1706.03762).
///
/// The input `[tokens, 3 * features]` has in each row the query, the key and the value, each with
/// the heads' parts one behind the other. Both functions return what oneDNN's matrix products say.
struct AttentionKernel {
  let tokens: Int
  let features: Int
  let heads: Int

  /// How many probabilities there are, `[heads, tokens, tokens]`.
  var probabilityCount: Int { heads * tokens * tokens }
  /// How many floats the forward pass needs for itself where nobody wants the probabilities.
  var forwardScratchCount: Int { tokens * tokens }
  /// How many floats the backward pass needs for itself.
  var backwardScratchCount: Int { tokens * tokens }

  private var width: Int { features / heads }
  private var scale: Float { 1 / Float(width).squareRoot() }

  private typealias Factor = MatrixProductKernel.Factor

  /// The output `[tokens, features]`; `probabilities` has room for ``probabilityCount`` numbers, which
  /// the backward pass reads.
  func forward(
    _ x: UnsafePointer<Float>, probabilities: UnsafeMutablePointer<Float>,
    into y: UnsafeMutablePointer<Float>
  ) -> dnnl_status_t {
    for head in 0..<heads {
      let status = forward(
        x, head, scores: probabilities + head * tokens * tokens, into: y)
      if status != dnnl_success { return status }
    }
    return dnnl_success
  }

  /// The output alone; `scratch` has room for ``forwardScratchCount`` numbers.
  func forward(
    _ x: UnsafePointer<Float>, scratch: UnsafeMutablePointer<Float>,
    into y: UnsafeMutablePointer<Float>
  ) -> dnnl_status_t {
    for head in 0..<heads {
      let status = forward(x, head, scores: scratch, into: y)
      if status != dnnl_success { return status }
    }
    return dnnl_success
  }

  private func forward(
    _ x: UnsafePointer<Float>, _ head: Int, scores: UnsafeMutablePointer<Float>,
    into y: UnsafeMutablePointer<Float>
  ) -> dnnl_status_t {
    let stride = 3 * features
    let query = x + head * width
    let status = MatrixProductKernel.multiply(
      Factor(query, stride: stride),
      Factor(query + features, stride: stride, transposed: true), m: tokens, n: tokens,
      k: width, scale: scale, into: scores, stride: tokens)
    if status != dnnl_success { return status }
    SoftmaxKernel.forward(scores, rows: tokens, width: tokens, into: scores)
    return MatrixProductKernel.multiply(
      Factor(scores, stride: tokens), Factor(query + 2 * features, stride: stride), m: tokens,
      n: width, k: tokens, into: y + head * width, stride: features)
  }

  /// The gradient of the input, `[tokens, 3 * features]`; `scratch` has room for
  /// ``backwardScratchCount`` numbers.
  func backward(
    _ x: UnsafePointer<Float>, probabilities: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    scratch: UnsafeMutablePointer<Float>, into dx: UnsafeMutablePointer<Float>
  ) -> dnnl_status_t {
    let stride = 3 * features
    for head in 0..<heads {
      let query = x + head * width
      let target = dx + head * width
      let scores = probabilities + head * tokens * tokens
      let gradient = Factor(dy + head * width, stride: features)
      // dV = Pᵀ dY
      var status = MatrixProductKernel.multiply(
        Factor(scores, stride: tokens, transposed: true), gradient, m: tokens, n: width,
        k: tokens, into: target + 2 * features, stride: stride)
      if status != dnnl_success { return status }
      // dP = dY Vᵀ, and through the softmax dS.
      status = MatrixProductKernel.multiply(
        gradient, Factor(query + 2 * features, stride: stride, transposed: true), m: tokens,
        n: tokens, k: width, into: scratch, stride: tokens)
      if status != dnnl_success { return status }
      SoftmaxKernel.backward(
        output: scores, scratch, rows: tokens, width: tokens, into: scratch)
      // dQ = dS K / √d
      status = MatrixProductKernel.multiply(
        Factor(scratch, stride: tokens), Factor(query + features, stride: stride), m: tokens,
        n: width, k: tokens, scale: scale, into: target, stride: stride)
      if status != dnnl_success { return status }
      // dK = dSᵀ Q / √d
      status = MatrixProductKernel.multiply(
        Factor(scratch, stride: tokens, transposed: true), Factor(query, stride: stride),
        m: tokens, n: width, k: tokens, scale: scale, into: target + features, stride: stride)
      if status != dnnl_success { return status }
    }
    return dnnl_success
  }
}
