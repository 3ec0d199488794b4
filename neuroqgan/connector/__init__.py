"""What makes a cell differentiable: the adjoint kernel, parameter shift and SPSA over shots."""
