internal import Presentation
internal import RegistryKit

extension TokenSummary {
  /// Tokens in a list, for people.
  static func report(_ tokens: [TokenSummary], _ style: Style) -> String {
    if tokens.isEmpty { return "There are no tokens yet.\n" }
    var table = Table("token", "role", "created", "by", "expires", "revoked")
    for token in tokens {
      table.add(
        .init(token.name, .heading), .init(token.role.rawValue),
        .init(Quantity.time(token.createdAt)), .init(token.createdBy),
        .init(token.expiresAt.map(Quantity.time) ?? ""),
        .init(token.revokedAt.map(Quantity.time) ?? "", .bad))
    }
    return table.text(style)
  }
}
