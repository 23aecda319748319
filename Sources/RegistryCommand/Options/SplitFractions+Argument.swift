internal import ArgumentParser
internal import Presentation
internal import RegistryKit

extension SplitFractions {
  /// The shares of training, validation and test images from a text such as `0.7,0.15,0.15`.
  init(argument: String) throws {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let shares = parts.compactMap { Double($0) }
    guard parts.count == 3, shares.count == 3 else {
      throw ValidationError(
        "It must be three numbers for training, validation and test, such as 0.7,0.15,0.15.")
    }
    guard shares.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
      throw ValidationError("Each share must be between 0 and 1.")
    }
    let sum = shares.reduce(0, +)
    guard abs(sum - 1) < 1e-6 else {
      throw ValidationError("The shares must add up to 1, not \(Quantity.significant(sum)).")
    }
    guard shares[0] > 0 else {
      throw ValidationError("The share of training images must be above zero.")
    }
    self.init(train: shares[0], validation: shares[1], test: shares[2])
  }
}
