internal import ArgumentParser
internal import Diagnostics
internal import RegistryKit

extension FreezeRequest {
  /// What to freeze from the values of `--freeze`.
  ///
  /// - Returns: `nil` when the option was not given.
  init?(arguments: [String]) throws {
    do {
      guard let request = try FreezeRequest(words: arguments) else { return nil }
      self = request
    } catch let error as RegistryError {
      throw ValidationError(error.message)
    }
  }
}
