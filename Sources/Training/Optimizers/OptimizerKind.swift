/// How parameters are changed to lower the loss.
package enum OptimizerKind: String, Codable, CaseIterable, Sendable {
  /// Stochastic gradient descent with Nesterov's momentum, for networks.
  case sgd
  /// Adam with decoupled weight decay, on random batches.
  case adamw
  /// Limited-memory BFGS on all rows at once, for heads; needs no learning rate.
  case lbfgs
}
