package import Networks

/// What a fit needs to go on exactly where it was.
package struct FitCheckpoint: Sendable {
  /// Parameters as they are fitted, the best so far, and the memory of the optimizer: whoever made
  /// it knows by which names.
  package let tensors: StateDict
  /// Everything else, as JSON: counters, the best loss, options, sizes of the data.
  package let state: String

  /// A checkpoint that was stored.
  package init(tensors: StateDict, state: String) {
    self.tensors = tensors
    self.state = state
  }
}
