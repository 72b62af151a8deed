"""What a live port owes to persons: pictures that go, a watch list that few see, masked texts."""
