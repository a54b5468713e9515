// Everything that actors say to each other, as plain data. interfaces.hpp says who says what to whom. No CAF here: the pure state
// classes speak these types too.
#pragma once

#include "actors/messages/edge.hpp"
#include "actors/messages/fanout.hpp"
#include "actors/messages/room.hpp"
#include "actors/messages/store.hpp"
