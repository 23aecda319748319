/// How the parameters of a head are changed to lower the loss.
package enum OptimizerKind: String, Codable, CaseIterable, Sendable {
  /// Adam with decoupled weight decay, on random batches.
  case adamw
  /// Limited-memory BFGS on all rows at once; needs no learning rate.
  case lbfgs
}
