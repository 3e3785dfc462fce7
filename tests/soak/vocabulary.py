"""Pieces of texts that parsers read, and whole texts that are valid."""

TOKENS = ("u", "f", "E", "q", "sigma", "v", "x", "t", "v_dx", "d_x", "d_xx", "d_v", "mean", "K", "cube", "<", ">", "(",
          ")", "^", "**", "*", "/", "+", "-", "2", "3", "0.5", "1e300", "1e-300", "1e400", "0", "1", "sin(", "exp(",
          "log(", "sqrt(", "abs(", "max(", "legendre(", "hermite(", "maxwellian(", "pi", ",", "'", "d_xxxx", "P_3",
          "v^9", "<f>", "<v f>", "(1+u)", "u^0", "u^-1", "u^(1/2)", "u^300", "9999999999", "0^-1", "I", "e", "1/3",
          "tanh(")

WORDS = ("<v_dx f>", "u d_x u", "d_xx(u^2)", "v_dx v_dx f", "sin(8 u) d_x u", "K f", "cube u", "max(u, E)^2", "sigma f",
         "exp(-v^2/2) <f>", "maxwellian(<f>, <v f>, <v^2 f>, v)", "legendre(3, v) <v f>", "(1 + u^2)^(1/2)", "u/E^2")

SUMS = ("-v_dx f + 1/2 (<f> - f)", "u - d_xx u/3 + E^2", "(u + E)^3 - 2 u E", "0.1 d_x(u^2)",
        "f - maxwellian(<f>, <v f>, <v^2 f>, v)")

FORMULAS = ("1 + 0.9*v*v", "x^2 - sin(pi x)/3", "exp(-v^2/2)/sqrt(2*pi)", "legendre(4, v) + hermite(3, x)",
            "max(x, v, 1)")

EXPRESSIONS = ("2*sin(2*pi*x)^2", "1/256", "min(x, 2)", "-x**2 + exp(-x)", "3.9e-3", "log(1 + abs(x))")

EXPRESSION_TOKENS = ("x", "1", "2", "+", "-", "*", "/", "^", "**", "(", ")", "sin(", "exp(", "min(", ",", "pi", "e",
                     "1e308", "1e999", "9**9**9", "lambda", "0x10", "1j", "'a'", "[", "]", "x.y", "if", "not ", "f''",
                     "~", "10**400", "1_000", "\\", "#", ":=", "...", "None", "@", "%")

LIBRARIES = ("poly 3, d_x 4", "poly 2", "d_x 2, poly 1", "poly 2, d_v 1, d_x 1")

KERNELS = ("Q = isotropic <= 8 of f", "Q = full of rank 3 of f, conserving",
           "L = henyey-greenstein <= 15 of f, symmetric")

LIMITS = ("eps^2 d_t g = -eps (v d_x g - <v d_x g>) - v d_x rho - sigma(x) g", "d_t rho = -<v d_x g>",
          "eps d_t f = -v d_x f + (<f> - f)/eps", "d_t f = -v_dx f - f/eps")

LIMIT_TOKENS = (*TOKENS, "eps", "d_t", "=", "g", "rho", "sigma(x)", "eps^2", "sigma(", "d_t f =", "<v f>")
