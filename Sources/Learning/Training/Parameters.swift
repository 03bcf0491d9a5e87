/// What a network has learnt: matrices by name, in a fixed order.
package struct Parameters<Scalar: Real>: Sendable, Hashable {
  package private(set) var names: [String] = []
  private var matrices: [String: RealMatrix<Scalar>] = [:]

  package init() {}

  /// The matrix `name`; assigning adds or replaces it.
  package subscript(name: String) -> RealMatrix<Scalar>? {
    get { matrices[name] }
    set {
      if matrices[name] == nil, newValue != nil { names.append(name) }
      if newValue == nil { names.removeAll { $0 == name } }
      matrices[name] = newValue
    }
  }

  /// Matrices of the same names and shapes, all zero.
  package var zeros: Parameters {
    var zeros = self
    for name in names {
      zeros.matrices[name] = matrices[name].map {
        RealMatrix(rowCount: $0.rowCount, columnCount: $0.columnCount)
      }
    }
    return zeros
  }

  /// The same matrices in the order of their names, in which files keep them.
  package var inOrder: Parameters {
    var ordered = self
    ordered.names.sort()
    return ordered
  }

  package var parameterCount: Int { matrices.values.reduce(0) { $0 + $1.elements.count } }

  /// The length of all matrices taken as one vector.
  package var norm: Scalar {
    names.reduce(0) { $0 + Loops.squares(required($1).elements) }.squareRoot()
  }

  /// Shortens gradients that are longer than `limit` to it, and returns how long they were (Pascanu and others 2013).
  @discardableResult
  package mutating func clip(toNorm limit: Scalar) -> Scalar {
    let norm = norm
    guard norm > limit else { return norm }
    for name in names { matrices[name]?.scale(by: limit / norm) }
    return norm
  }

  /// The matrix `name`, which must exist.
  func required(_ name: String) -> RealMatrix<Scalar> {
    guard let matrix = matrices[name] else { preconditionFailure("no parameter \(name)") }
    return matrix
  }
}
