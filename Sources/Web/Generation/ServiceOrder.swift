import Scheduling

/// Which service a request gets: from its body, its headers and its key, in this order.
struct ServiceOrder: Sendable {
  let serviceClass: ServiceClass
  let priority: Int
  let tenant: TenantID

  init(_ fields: SamplingFields, _ client: Client, _ classes: ServiceClassTable) throws(APIFault) {
    let standing = try Self.standing(client, classes)
    if let tier = fields.serviceTier {
      serviceClass = try Self.serviceClass(tier, classes, otherwise: standing)
    } else {
      serviceClass = standing
    }
    priority = fields.priority
    tenant = client.tenant
  }

  /// The class of those that name none in their body.
  private static func standing(
    _ client: Client,
    _ classes: ServiceClassTable
  ) throws(APIFault) -> ServiceClass {
    guard let name = client.className else { return classes.defaultClass }
    guard let named = classes[name] else {
      let names = classes.classes.map(\.name).joined(separator: ", ")
      throw .invalidField(
        "X-Service-Class",
        problem: "must be one of \(names), but is '\(name.prefix(40))'"
      )
    }
    return named
  }

  /// A class by its own name, or by the names that OpenAI has for faster and slower service.
  private static func serviceClass(
    _ tier: String,
    _ classes: ServiceClassTable,
    otherwise standing: ServiceClass
  ) throws(APIFault) -> ServiceClass {
    if let named = classes[tier] { return named }
    switch tier {
    case "auto", "default", "scale": return standing
    case "priority": return classes.classes[0]
    case "flex": return classes.classes.last(where: \.isDeferrable) ?? standing
    default:
      let names = classes.classes.map(\.name) + ["auto", "default", "priority", "flex"]
      throw .invalidField(
        "service_tier",
        problem: "must be one of \(names.joined(separator: ", ")), but is '\(tier.prefix(40))'"
      )
    }
  }
}

/// Who sends a request, as far as its head tells.
struct Client: Sendable {
  var tenant = TenantID.anonymous
  /// The class that its key stands for, or that it names in `X-Service-Class`.
  var className: String?
}
