private import FoundationEssentials
internal import Presentation
internal import RegistryKit

/// What a check found as one HTML page that holds its pictures.
struct CheckPage {
  /// The longest side of a picture on the page, in pixels.
  static let thumbnailSide = 160

  private let result: CheckResult
  private let limit: Int

  /// - Parameters:
  ///   - result: What was found.
  ///   - limit: How many of each kind are shown.
  init(_ result: CheckResult, limit: Int) {
    self.result = result
    self.limit = limit
  }

  /// The digests of the images that are shown.
  var digests: Set<String> { findings { _ in nil }.digests }

  /// The page.
  ///
  /// - Parameter thumbnails: JPEG files by digest; an image that has none is named only.
  /// - Returns: The whole document.
  func text(thumbnails: [String: [UInt8]]) -> String {
    let findings = findings { digest in
      thumbnails[digest].map { "data:image/jpeg;base64," + Data($0).base64EncodedString() }
    }
    let subject = HTMLPage.escaped("\(result.dataset)@\(result.version)")
    return HTMLPage.text(
      title: "Check of \(subject)", styles: CheckFindings.sheet, body: findings.text)
  }

  private func findings(_ source: @escaping (String) -> String?) -> CheckFindings {
    CheckFindings(result, limit: limit, source: source)
  }
}
