#include "recognition/recurrent.h"

namespace deepspeech {

Direction looped(Context*, const Output&) { refuse("its recurrent layer is a loop"); }

}  // namespace deepspeech
