extension GroupedOptimizer {
  /// The Euclidean norm of the gradient over all active groups, added up in double precision and a
  /// fixed order.
  package func norm(ofGradients gradients: UnsafeBufferPointer<Float>) -> Double {
    precondition(gradients.count == count, "vectors keep their length")
    guard let base = gradients.baseAddress else { return 0 }
    var sum = 0.0
    for (group, isActive) in zip(groups, isActive) where isActive {
      let start = base + group.range.lowerBound
      sum += VectorMath.dot(start, start, count: group.range.count)
    }
    return sum.squareRoot()
  }

  /// Scales the gradient of all active groups so that its norm is at most `limit`, as
  /// `torch.nn.utils.clip_grad_norm_`
  /// (Pascanu et al., "On the difficulty of training recurrent neural networks", 2013,
  /// arXiv:1211.5063).
  ///
  /// A gradient whose norm is not finite stays as it is: no factor helps, and the caller, who gets
  /// that norm, can say so.
  ///
  /// - Parameters:
  ///   - gradients: The gradient of the loss `[count]`.
  ///   - limit: The largest norm, above 0.
  /// - Returns: The norm before.
  package func clip(
    gradients: UnsafeMutableBufferPointer<Float>, toNorm limit: Double
  ) -> Double {
    let norm = norm(ofGradients: UnsafeBufferPointer(gradients))
    let factor = limit / (norm + 1e-6)
    guard norm.isFinite, factor < 1, let base = gradients.baseAddress else { return norm }
    let scale = Float(factor)
    for (group, isActive) in zip(groups, isActive) where isActive {
      for index in group.range { base[index] *= scale }
    }
    return norm
  }
}
