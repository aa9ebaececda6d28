// A backend that compares two others: it does what one does and, for the first
// batches, what a reference does too. Use it for a new engine, compiler or
// processor. The results are those of the tested backend, to the bit.
//
// Tolerances are relative Euclidean norms over a whole batch: |found -
// expected| <= tolerance * |expected|. Rounding in float32 makes the two differ
// by some 1e-6. In gradients they differ by more, as a ReLU whose input is zero
// up to rounding may be on in one of the two and off in the other. A reference
// that is not finite is not compared, since a run that diverges ends with an
// error of its own.
#ifndef NAS_NETWORK_CHECK_BACKEND_H_
#define NAS_NETWORK_CHECK_BACKEND_H_

#include <memory>

#include "nas/network/backend.h"

namespace robbench {

// How much is compared, and how closely.
struct CheckBackendOptions {
  // Calls of Logits, of ImageGradient and of Forward, counted over all
  // networks and passes of the backend, that are compared.
  int batches = 8;
  double logits_tolerance = 1e-3;
  double gradient_tolerance = 5e-2;  // of images and parameters
};

// Both must outlive the backend and what it makes. A difference throws
// StatusException (status_exception.h), an Internal error that names the
// tensor, the batch, the tolerance and what was found.
std::unique_ptr<const Backend> MakeCheckBackend(
    const Backend& tested, const Backend& reference,
    const CheckBackendOptions& options = {});

}  // namespace robbench

#endif  // NAS_NETWORK_CHECK_BACKEND_H_
