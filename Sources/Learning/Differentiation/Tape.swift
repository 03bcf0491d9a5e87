/// A matrix on a ``Tape``.
package struct Variable: Sendable, Hashable {
  let index: Int
}

/// Records a computation on matrices and runs it backwards for the gradients (reverse-mode differentiation).
///
/// One tape for one pass: make it, compute a loss on it, ask for ``gradients(of:)``, drop it.
package final class Tape<Scalar: Real> {
  let parameters: Parameters<Scalar>
  let product: MatrixProduct<Scalar>
  private var nodes: [Node] = []
  private var variables: [String: Variable] = [:]

  /// A matrix, and what its gradient means for those it was made of.
  private struct Node {
    let value: RealMatrix<Scalar>
    /// Whether a parameter has a part in it.
    let isLearnt: Bool
    let propagate: ((_ gradient: RealMatrix<Scalar>, _ gradients: inout Gradients) -> Void)?
  }

  /// The gradients of all variables, filled from the last to the first.
  struct Gradients {
    fileprivate var matrices: [RealMatrix<Scalar>?]
    fileprivate let isLearnt: [Bool]

    /// Whether anybody needs the gradient of `variable`.
    func wants(_ variable: Variable) -> Bool { isLearnt[variable.index] }

    mutating func add(_ gradient: RealMatrix<Scalar>, to variable: Variable) {
      if matrices[variable.index]?.add(gradient) == nil { matrices[variable.index] = gradient }
    }

    /// Adds to the part of the gradient of `variable`, a matrix of `shape`, that begins at a row and a column.
    mutating func add(
      _ gradient: RealMatrix<Scalar>,
      to variable: Variable,
      at origin: (row: Int, column: Int),
      of shape: (rowCount: Int, columnCount: Int)
    ) {
      if matrices[variable.index] == nil {
        matrices[variable.index] = RealMatrix(
          rowCount: shape.rowCount,
          columnCount: shape.columnCount
        )
      }
      matrices[variable.index]?.add(gradient, at: origin)
    }
  }

  package init(_ parameters: Parameters<Scalar>, product: MatrixProduct<Scalar>) {
    self.parameters = parameters
    self.product = product
  }

  package subscript(variable: Variable) -> RealMatrix<Scalar> { nodes[variable.index].value }

  /// A matrix that nothing is learnt about: inputs, targets.
  package func constant(_ value: RealMatrix<Scalar>) -> Variable {
    append(Node(value: value, isLearnt: false, propagate: nil))
  }

  /// The parameter `name`; the same variable each time.
  package func parameter(_ name: String) -> Variable {
    if let variable = variables[name] { return variable }
    let variable = append(
      Node(value: parameters.required(name), isLearnt: true, propagate: nil)
    )
    variables[name] = variable
    return variable
  }

  /// Records a result made of `inputs`.
  ///
  /// `propagate` turns the result's gradient into the inputs'.
  func record(
    _ value: RealMatrix<Scalar>,
    from inputs: [Variable],
    _ propagate: @escaping (RealMatrix<Scalar>, inout Gradients) -> Void
  ) -> Variable {
    let isLearnt = inputs.contains { nodes[$0.index].isLearnt }
    return append(Node(value: value, isLearnt: isLearnt, propagate: isLearnt ? propagate : nil))
  }

  private func append(_ node: Node) -> Variable {
    nodes.append(node)
    return Variable(index: nodes.count - 1)
  }

  /// The gradient of the single number `loss` for each parameter, zero for those without a part in it.
  package func gradients(of loss: Variable) -> Parameters<Scalar> {
    precondition(self[loss].elements.count == 1, "a loss is one number")
    var gradients = Gradients(
      matrices: Array(repeating: nil, count: nodes.count),
      isLearnt: nodes.map(\.isLearnt)
    )
    gradients.matrices[loss.index] = RealMatrix(rowCount: 1, columnCount: 1, repeating: 1)
    for index in nodes.indices.prefix(loss.index + 1).reversed() {
      guard let propagate = nodes[index].propagate, let gradient = gradients.matrices[index]
      else { continue }
      propagate(gradient, &gradients)
      gradients.matrices[index] = nil
    }
    var result = parameters.zeros
    for (name, variable) in variables {
      if let gradient = gradients.matrices[variable.index] { result[name] = gradient }
    }
    return result
  }
}
