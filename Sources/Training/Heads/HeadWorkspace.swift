import Networks
import Tensors

/// The memory and the arithmetic of a head: forward and backward over a block of rows.
///
/// Everything is allocated once. Not `Sendable`: one fit owns it.
final class HeadWorkspace {
  let plan: HeadPlan
  /// The most rows of a block.
  let capacity: Int
  private let products = LinearProducts()
  /// What goes into each step, and behind them the logits: `[capacity, width]`.
  private let activations: [FloatBuffer]
  /// The gradients with respect to the activations; empty where nothing below has parameters.
  private let gradients: [FloatBuffer]
  /// The factors that dropout drew, for each step that draws.
  private let factors: [FloatBuffer]
  private let firstLinear: Int

  init(plan: HeadPlan, capacity: Int) {
    self.plan = plan
    self.capacity = capacity
    let first =
      plan.steps.firstIndex { if case .linear = $0 { true } else { false } } ?? 0
    firstLinear = first
    activations = plan.widths.map { FloatBuffer(count: $0 * capacity) }
    gradients = plan.widths.indices.map { index in
      // The logits' gradient is written over the logits.
      let isNeeded = index > first && index < plan.steps.count
      return FloatBuffer(count: isNeeded ? plan.widths[index] * capacity : 0)
    }
    factors = plan.steps.indices.map { index in
      guard case .dropout(let rate) = plan.steps[index], rate > 0 else {
        return FloatBuffer(count: 0)
      }
      return FloatBuffer(count: plan.widths[index] * capacity)
    }
  }

  /// Where the features of a block are put, `[rows, F]`.
  var features: UnsafeMutablePointer<Float> { activations[0].base }

  /// The logits of the last forward pass, `[rows, K]`; before ``backward(rows:parameters:to:)``
  /// the caller writes their gradient over them.
  var logits: UnsafeMutablePointer<Float> { activations[plan.steps.count].base }

  /// Computes the logits of the features.
  ///
  /// The generator draws the dropout in training; in evaluation there is none.
  func forward(
    rows: Int, parameters: UnsafePointer<Float>, generator: inout RandomGenerator?
  ) {
    precondition(rows <= capacity, "a block fits into the workspace")
    for (index, step) in plan.steps.enumerated() {
      let input = activations[index].base
      let output = activations[index + 1].base
      let count = rows * plan.widths[index]
      switch step {
      case .linear(let inWidth, let outWidth, let weight, let bias):
        for row in 0..<rows {
          if let bias {
            (output + row * outWidth).update(from: parameters + bias, count: outWidth)
          } else {
            (output + row * outWidth).update(repeating: 0, count: outWidth)
          }
        }
        products.addOutputs(
          inputs: input, weights: parameters + weight, to: output, rows: rows, inWidth: inWidth,
          outWidth: outWidth)
      case .clamp(let upper):
        for element in 0..<count {
          // Comparisons that let a number that is not one through, as PyTorch's do.
          let value = input[element] < 0 ? 0 : input[element]
          output[element] = value > upper ? upper : value
        }
      case .dropout(let rate):
        if rate > 0, var drawing = generator {
          let factor = factors[index].base
          let kept = 1 / (1 - rate)
          for element in 0..<count {
            factor[element] = drawing.uniform() < rate ? 0 : kept
            output[element] = input[element] * factor[element]
          }
          generator = drawing
        } else {
          output.update(from: input, count: count)
        }
      }
    }
  }

  /// Adds the gradient of the parameters to `gradient`.
  ///
  /// Follows a forward pass in training over the same rows with the same parameters.
  func backward(
    rows: Int, parameters: UnsafePointer<Float>, to gradient: UnsafeMutablePointer<Float>
  ) {
    for index in plan.steps.indices.reversed() where index >= firstLinear {
      let input = activations[index].base
      let upper =
        index + 1 == plan.steps.count ? logits : gradients[index + 1].base
      let lower = gradients[index].base
      let count = rows * plan.widths[index]
      switch plan.steps[index] {
      case .linear(let inWidth, let outWidth, let weight, let bias):
        products.addWeightGradient(
          outputGradient: upper, inputs: input, to: gradient + weight, rows: rows,
          inWidth: inWidth, outWidth: outWidth)
        if let bias {
          for row in 0..<rows {
            VectorMath.add(
              1, times: upper + row * outWidth, to: gradient + bias, count: outWidth)
          }
        }
        guard index > firstLinear else { return }
        lower.update(repeating: 0, count: count)
        products.addInputGradient(
          outputGradient: upper, weights: parameters + weight, to: lower, rows: rows,
          inWidth: inWidth, outWidth: outWidth)
      case .clamp(let limit):
        for element in 0..<count {
          let isInside = input[element] > 0 && input[element] < limit
          lower[element] = isInside ? upper[element] : 0
        }
      case .dropout(let rate):
        if rate > 0 {
          let factor = factors[index].base
          for element in 0..<count { lower[element] = upper[element] * factor[element] }
        } else {
          lower.update(from: upper, count: count)
        }
      }
    }
  }
}
