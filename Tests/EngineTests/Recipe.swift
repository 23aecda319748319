import Networks
import Tensors

/// The numbers that `Golden/recipe.py` makes: tensors in the order of a state dict, then images.
struct Recipe {
  private var generator: RandomGenerator

  init(seed: UInt64) { generator = RandomGenerator(seed: seed) }

  /// The tensors of layers, without counters of batches.
  mutating func tensors(of layers: [Layer]) -> StateDict { tensors(layers.flatMap(\.tensors)) }

  /// The tensors of layers in the order of their names, without counters of batches.
  mutating func tensorsByName(of layers: [Layer]) -> StateDict {
    tensors(layers.flatMap(\.tensors).sorted { $0.name < $1.name })
  }

  private mutating func tensors(_ specifications: [TensorSpecification]) -> StateDict {
    var tensors = StateDict()
    for specification in specifications where !specification.isOptional {
      tensors[specification.name] = tensor(specification)
    }
    return tensors
  }

  /// Images `[count, C, H, W]`.
  mutating func images(_ count: Int, _ shape: Shape) -> [Float] {
    (0..<count * shape.elementCount).map { _ in 2 * generator.uniform() - 1 }
  }

  private mutating func tensor(_ specification: TensorSpecification) -> Tensor {
    let shape = specification.shape
    let count = shape.elementCount
    let part = specification.name.split(separator: ".").last ?? ""
    let scale: (Float) -> Float
    if part == "running_mean" || part.hasSuffix("bias") {
      scale = { (2 * $0 - 1) * 0.125 }
    } else if part == "running_var" || part == "layer_scale" || shape.rank == 1 {
      scale = { 0.5 + $0 }
    } else {
      let bound = Float((6 / Double(count / shape[0])).squareRoot())
      scale = { (2 * $0 - 1) * bound }
    }
    return Tensor(shape: shape, (0..<count).map { _ in scale(generator.uniform()) })
  }
}
