package import Diagnostics
package import Networks
private import Tensors

extension GroupedOptimizer {
  /// What the optimizer remembers, bit for bit: `exp_avg` and `exp_avg_sq` or `momentum_buffer`,
  /// float32 `[count]`, and `step`, int64 with a number for each group.
  ///
  /// The names begin with `prefix`.
  package func state(prefix: String = "optimizer.") -> StateDict {
    var tensors = StateDict()
    tensors["\(prefix)step"] = SavedNumbers.tensor(ofIntegers: steps)
    for (name, values) in memories {
      tensors[prefix + name] = Tensor(shape: [count], self[keyPath: values])
    }
    return tensors
  }

  /// Goes on where a saved state was.
  ///
  /// - Parameters:
  ///   - tensors: What ``state(prefix:)`` gave, of an optimizer of the same kind and groups.
  ///   - prefix: What the names begin with.
  /// - Throws: `mismatched_training_state` when a tensor is missing or is not as long; nothing has
  ///   changed then.
  package mutating func restore(
    from tensors: StateDict, prefix: String = "optimizer."
  ) throws(RegistryError) {
    var restored = self
    restored.steps = try SavedNumbers.integers(
      of: "\(prefix)step", in: tensors, count: groups.count)
    for (name, values) in memories {
      restored[keyPath: values] = try SavedNumbers.floats(
        of: prefix + name, in: tensors, count: count)
    }
    self = restored
  }

  private var memories: [(name: String, values: WritableKeyPath<GroupedOptimizer, [Float]>)] {
    switch kind {
    case .sgd: [("momentum_buffer", \.firstMoment)]
    case .adamw: [("exp_avg", \.firstMoment), ("exp_avg_sq", \.secondMoment)]
    }
  }
}
