process.env.INPUT_MODE='rollback';await import('./main.js');
