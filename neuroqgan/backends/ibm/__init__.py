"""IBM Quantum: accounts, devices and jobs, through qiskit-ibm-runtime."""
