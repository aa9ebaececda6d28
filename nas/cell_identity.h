// The cell as every record names it.
#ifndef NAS_CELL_IDENTITY_H_
#define NAS_CELL_IDENTITY_H_

#include "nas/cell.h"
#include "nas/cell.pb.h"

namespace robbench {

// All fields set; the representative is the smallest official index of the
// cell's isomorphism class.
CellIdentity MakeCellIdentity(const Cell& cell);

}  // namespace robbench

#endif  // NAS_CELL_IDENTITY_H_
