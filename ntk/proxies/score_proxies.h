// One record of training-free scores: a cell's network at initialisation on
// test images of a data set. Everything of //ntk:score_proxies but its flags.
#ifndef NTK_PROXIES_SCORE_PROXIES_H_
#define NTK_PROXIES_SCORE_PROXIES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ntk/proxies/proxies.pb.h"

namespace robbench {

struct ProxyJob {
  std::string dataset;         // path
  std::string cell;            // index, code or architecture
  uint32_t seed = 0;           // of initial weights, images, attacks' starts
  std::string spec;            // path of a textproto ProxySpec
  std::string device = "cpu";  // of nas/network/device.h, entered
  std::string profile;         // its numeric profile, for the record
};

struct ProxyResult {
  ProxyRecord record;
  std::vector<std::string> warnings;  // of the spec: nas/base/unit_warning.h
};

// InvalidArgument for a spec outside its ranges (proxy_spec.h) or fewer images
// of a class than a balanced batch takes. Messages name file, field, expected
// and found. A score that is not finite is none: the record says so.
absl::StatusOr<ProxyResult> ScoreProxies(const ProxyJob& job);

}  // namespace robbench

#endif  // NTK_PROXIES_SCORE_PROXIES_H_
