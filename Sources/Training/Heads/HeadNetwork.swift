package import Diagnostics
package import Networks
import Tensors

/// A head with its weights, in evaluation mode.
package struct HeadNetwork: Sendable {
  private static let blockRows = 64

  private let plan: HeadPlan
  private let parameters: [Float]

  /// A head that answers.
  ///
  /// - Throws: `malformed_head` when the layers are not a chain that ends in a linear layer, or a
  ///   tensor is missing or has another shape.
  package init(head: [Layer], tensors: StateDict) throws(RegistryError) {
    plan = try HeadPlan(head: head)
    parameters = try plan.parameters.values(of: tensors)
  }

  /// How many features the head reads: F.
  package var featureCount: Int { plan.featureCount }
  /// How many labels the head tells apart: K.
  package var labelCount: Int { plan.labelCount }

  /// The logits of some rows of features, `[N, F]`, row by row.
  ///
  /// A row's logits do not depend on the other rows.
  ///
  /// - Returns: `[N, K]`, row by row.
  /// - Precondition: there are `count` rows of ``featureCount`` features.
  package func logits(_ features: [Float], count: Int) -> [Float] {
    precondition(features.count == count * featureCount, "each row has all features")
    let workspace = HeadWorkspace(plan: plan, capacity: min(max(count, 1), Self.blockRows))
    var generator: RandomGenerator?
    var result: [Float] = []
    result.reserveCapacity(count * labelCount)
    parameters.withUnsafeBufferPointer { parameters in
      features.withUnsafeBufferPointer { features in
        guard let weights = parameters.baseAddress, let first = features.baseAddress else { return }
        for start in stride(from: 0, to: count, by: workspace.capacity) {
          let rows = min(workspace.capacity, count - start)
          workspace.features.update(
            from: first + start * featureCount, count: rows * featureCount)
          workspace.forward(rows: rows, parameters: weights, generator: &generator)
          result += UnsafeBufferPointer(start: workspace.logits, count: rows * labelCount)
        }
      }
    }
    return result
  }
}
