internal import Presentation
internal import RegistryKit

extension KeyPairResult {
  /// What was made, for people.
  func report(_ style: Style) -> String {
    var facts = Table("", "")
    facts.add("  private key", .init(privateKeyFile))
    facts.add("  public key", .init(publicKeyFile))
    return style("Key \(publicKey)", .heading) + "\n" + facts.text(style)
  }
}

extension SigningResult {
  /// What was signed, for people.
  func report(_ style: Style) -> String {
    style("\(model)@\(version)".safeForTerminal, .heading)
      + (isNew ? " signed" : " was signed with this key already")
      + ", with \(Quantity.count(bases, "base"))\n"
      + "  statement  \(statement)\n  key        \(publicKey)\n"
  }
}

extension SignatureVerification {
  /// What was checked, for people.
  func report(_ style: Style) -> String {
    var text = ""
    for version in versions {
      text +=
        style("\(version.model)@\(version.version)".safeForTerminal, .heading)
        + ", with \(Quantity.count(version.bases, "base"))\n"
      for signature in version.signatures {
        text += "  " + (signature.isValid ? style("valid", .good) : style("not valid", .bad))
        switch signature.isTrusted {
        case true?: text += ", " + style("trusted", .good)
        case false?: text += ", " + style("not trusted", .warning)
        case nil: break
        }
        text += "  \(signature.publicKey)  \(signature.signedAt)\n"
      }
    }
    text +=
      "Read \(Quantity.count(tensors, "tensor")) and \(Quantity.count(images, "image")) again, "
      + "\(Quantity.bytes(bytes)): "
    text +=
      isVerified
      ? style("what was signed is what is here", .good) : style("not verified", .bad)
    return text + "\n" + ProblemList.text(problems, style)
  }
}
